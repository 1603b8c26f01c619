package io.github.pidflow.daemon;

import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.runtime.InvalidSettingsException;
import io.github.pidflow.runtime.ReloadStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the settings again while the daemon runs. What can change at run time does, what cannot is
 * named; where there is a mistake anywhere, nothing changes.
 */
final class Reloader {
  private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

  /** What changes without a restart: nothing that was opened, mapped or sized by it. */
  private static final Set<String> LIVE =
      Set.of(
          "pidflow.ownership.scan-interval-busy",
          "pidflow.ownership.scan-interval-quiet",
          "pidflow.ownership.lookups-per-second",
          "pidflow.accounting.parked.max-age",
          "pidflow.accounting.retention",
          "pidflow.accounting.max-processes",
          "pidflow.accounting.max-groups",
          "pidflow.accounting.group.default",
          "pidflow.accounting.group.rules",
          "pidflow.log.level");

  private final Source source;
  private final Consumer<Settings> use;
  private final Map<String, String> running;
  private volatile ReloadStatus status;

  /** Where settings are read from. */
  @FunctionalInterface
  public interface Source {
    LoadedSettings load() throws InvalidSettingsException;
  }

  /**
   * @param started the settings the daemon was started with
   * @param use what takes over those that can change
   */
  Reloader(LoadedSettings started, Source source, Consumer<Settings> use) {
    this.source = source;
    this.use = use;
    running = new TreeMap<>(started.values());
    status = new ReloadStatus(true, Instant.now(), "");
  }

  ReloadStatus status() {
    return status;
  }

  synchronized ReloadStatus reload() {
    try {
      LoadedSettings loaded = source.load();
      use.accept(loaded.settings());
      status = new ReloadStatus(true, Instant.now(), compare(loaded.values()));
      LOG.info("{}", status.message());
    } catch (InvalidSettingsException e) {
      status = new ReloadStatus(false, status.lastSuccess(), e.getMessage());
      LOG.error("not reloaded, nothing changes: {}", e.getMessage());
    }
    return status;
  }

  /** Takes over the live ones and names each setting that differs from what runs. */
  private String compare(Map<String, String> loaded) {
    List<String> changed = new ArrayList<>();
    List<String> pending = new ArrayList<>();
    for (Map.Entry<String, String> each : loaded.entrySet()) {
      String key = each.getKey();
      String value = each.getValue();
      if (value.equals(running.get(key))) {
        continue;
      }
      if (LIVE.contains(key)) {
        running.put(key, value);
        changed.add(key);
      } else {
        LOG.warn("{} needs a restart: {} goes on, not {}", key, running.get(key), value);
        pending.add(key);
      }
    }
    return "reloaded, changed: "
        + (changed.isEmpty() ? "nothing" : String.join(", ", changed))
        + (pending.isEmpty() ? "" : "; needs a restart: " + String.join(", ", pending));
  }
}
