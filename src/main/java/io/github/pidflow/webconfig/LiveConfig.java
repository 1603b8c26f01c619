package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.pidflow.runtime.InvalidSettingsException;
import io.github.pidflow.runtime.Problems;
import io.github.pidflow.runtime.RegularFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current web configuration. Each access calls stat(2) on its files and reloads them if one has
 * changed. If the new configuration is invalid, for example while a new certificate waits for its
 * key, the old one stays in use and a warning is logged.
 */
final class LiveConfig {
  private static final Logger LOG = LoggerFactory.getLogger(LiveConfig.class);

  private final Path file;
  private volatile State state;

  /**
   * A valid configuration.
   *
   * @param tls present if the configuration enables TLS
   */
  record Loaded(WebConfig config, Optional<TlsMaterial> tls) {}

  /** The configuration in use, and the state of its files when they were last read. */
  private record State(Loaded loaded, Map<Path, Stamp> stamps) {}

  /** Detects changes of a file without reading it. */
  private record Stamp(FileTime modified, long sizeBytes, Object inode) {
    private static final Stamp ABSENT = new Stamp(FileTime.fromMillis(0), -1, null);

    static Stamp of(Path file) {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(now.lastModifiedTime(), now.size(), now.fileKey());
      } catch (IOException e) {
        return ABSENT;
      }
    }

    static Map<Path, Stamp> ofAll(Collection<Path> files) {
      Map<Path, Stamp> stamps = new HashMap<>();
      files.forEach(file -> stamps.put(file, of(file)));
      return stamps;
    }
  }

  LiveConfig(Path file) throws InvalidSettingsException {
    this.file = file;
    Reading reading = new Reading();
    Loaded loaded = reading.loaded();
    reading.problems.remarks().forEach(LOG::info);
    state = new State(loaded, reading.stamps);
  }

  Loaded current() {
    if (hasChanged(state)) {
      readAgain();
    }
    return state.loaded;
  }

  private static boolean hasChanged(State seen) {
    return !Stamp.ofAll(seen.stamps.keySet()).equals(seen.stamps);
  }

  private synchronized void readAgain() {
    State seen = state;
    if (!hasChanged(seen)) {
      return; // Another thread has reloaded it already.
    }
    Reading reading = new Reading();
    try {
      Loaded loaded = reading.loaded();
      requireSameServer(seen.loaded, loaded);
      state = new State(loaded, reading.stamps);
      LOG.info("reloaded {}: it or a file it names has changed", file);
      reading.problems.remarks().forEach(LOG::info);
    } catch (InvalidSettingsException e) {
      // The old files are watched too, since restoring one of them may fix the problem.
      Map<Path, Stamp> stamps = Stamp.ofAll(seen.stamps.keySet());
      stamps.putAll(reading.stamps);
      state = new State(seen.loaded, stamps);
      LOG.warn(
          "{} or a file it names has changed and is invalid, the previous configuration stays in"
              + " use: {}",
          file,
          String.join("; ", e.problems()));
    }
  }

  private void requireSameServer(Loaded before, Loaded now) throws InvalidSettingsException {
    if (before.tls().isPresent() != now.tls().isPresent()) {
      Problems problems = new Problems("web configuration", file);
      problems.add(
          Problems.NO_LINE, "tls_server_config: a restart is required to enable or disable TLS");
      problems.throwIfAny();
    }
    if (!namedGroups(before).equals(namedGroups(now))) {
      LOG.warn("{}: tls_server_config.curve_preferences: a restart is required to change it", file);
    }
  }

  private static List<String> namedGroups(Loaded loaded) {
    return loaded.config().tls().map(TlsSettings::namedGroups).orElse(List.of());
  }

  /** Reads all files once. Each is stamped before it is read, so that no change goes unnoticed. */
  private final class Reading {
    private final Problems problems = new Problems("web configuration", file);
    private final Map<Path, Stamp> stamps = new HashMap<>();

    Loaded loaded() throws InvalidSettingsException {
      Set<Path> named = new LinkedHashSet<>();
      stamps.put(file, Stamp.of(file));
      Optional<String> yaml = text();
      Path folder = file.toAbsolutePath().getParent();
      WebConfig config = WebConfigReader.read(yaml.orElse(""), folder, named::add, problems);
      stamps.putAll(Stamp.ofAll(named));
      Optional<TlsMaterial> tls = config.tls().flatMap(each -> TlsMaterial.load(each, problems));
      problems.throwIfAny();
      return new Loaded(config, tls);
    }

    private Optional<String> text() {
      try {
        return Optional.of(RegularFile.read(file, UTF_8));
      } catch (NoSuchFileException e) {
        problems.add(
            Problems.NO_LINE, "does not exist: create it, or remove the setting that names it");
      } catch (AccessDeniedException e) {
        problems.add(Problems.NO_LINE, "is not readable by this user: change its owner or mode");
      } catch (CharacterCodingException e) {
        problems.add(Problems.NO_LINE, "is not UTF-8");
      } catch (IOException e) {
        problems.add(Problems.NO_LINE, "cannot be read: " + e.getMessage());
      }
      return Optional.empty();
    }
  }
}
