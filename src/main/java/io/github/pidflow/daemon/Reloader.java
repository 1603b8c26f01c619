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
 * Reloads the settings while the daemon runs. Settings that can change at run time take effect; for
 * others a log line asks for a restart. If any setting is invalid, nothing changes.
 */
final class Reloader {
  private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

  /** Settings that take effect without a restart. Nothing is opened, mapped or sized by them. */
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
  private final Consumer<Settings> target;
  private final Map<String, String> running;
  private volatile ReloadStatus status;

  /** Reads the settings from their source. */
  @FunctionalInterface
  interface Source {
    LoadedSettings load() throws InvalidSettingsException;
  }

  /**
   * @param started the settings the daemon was started with
   * @param target applies the settings that can change
   */
  Reloader(LoadedSettings started, Source source, Consumer<Settings> target) {
    this.source = source;
    this.target = target;
    running = new TreeMap<>(started.values());
    status = new ReloadStatus(true, Instant.now(), "");
  }

  ReloadStatus status() {
    return status;
  }

  synchronized ReloadStatus reload() {
    try {
      LoadedSettings loaded = source.load();
      target.accept(loaded.settings());
      status = new ReloadStatus(true, Instant.now(), compare(loaded.values()));
      LOG.info("{}", status.message());
    } catch (InvalidSettingsException e) {
      status = new ReloadStatus(false, status.lastSuccess(), e.getMessage());
      LOG.error("settings not reloaded, nothing changes: {}", e.getMessage());
    }
    return status;
  }

  /** Describes the changes. Each setting that needs a restart stays listed at later reloads. */
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
        LOG.warn(
            "{} needs a restart: {} stays in effect instead of {}", key, running.get(key), value);
        pending.add(key);
      }
    }
    return "reloaded, changed: "
        + (changed.isEmpty() ? "nothing" : String.join(", ", changed))
        + (pending.isEmpty() ? "" : "; needs a restart: " + String.join(", ", pending));
  }
}
