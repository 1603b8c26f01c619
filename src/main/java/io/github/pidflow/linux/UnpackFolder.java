package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Chooses the folder that JNA unpacks its library into. By itself JNA does not notice that a folder
 * is mounted noexec or full, and has no other folder to go to.
 */
final class UnpackFolder {
  private static final String TMPDIR = "jna.tmpdir";

  /** A user who sets one of these has decided where the library is. */
  private static final List<String> DECIDED =
      List.of(TMPDIR, "jna.nounpack", "jna.boot.library.path");

  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final long LIBRARY_BYTES = 1 << 20;

  private final List<Mount> mounts;

  private UnpackFolder(List<Mount> mounts) {
    this.mounts = mounts;
  }

  private record Mount(Path point, boolean noexec) {}

  /** Names another folder to JNA if the one it would use does not work and the other does. */
  static void choose() {
    if (DECIDED.stream().anyMatch(name -> System.getProperty(name) != null)) {
      return;
    }
    List<Path> candidates = candidates();
    try {
      Optional<Path> usable = firstUsable(candidates, Files.readAllLines(MOUNTS));
      if (usable.isPresent() && !usable.get().equals(candidates.get(0))) {
        System.setProperty(TMPDIR, usable.get().toString());
      }
    } catch (IOException e) {
      // Without /proc nothing is known of the mounts, and JNA decides.
    }
  }

  /** The folder that JNA uses by default, and others where programs keep temporary files. */
  private static List<Path> candidates() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path cacheFolder =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return Stream.concat(
            Stream.of(
                cacheFolder.resolve("JNA/temp"), Path.of(System.getProperty("java.io.tmpdir"))),
            Stream.of("/tmp", "/var/tmp", "/dev/shm").map(Path::of))
        .toList();
  }

  /**
   * The first folder that can be written to and has room, and whose files can be executed.
   *
   * @param mounts the lines of /proc/self/mounts
   */
  static Optional<Path> firstUsable(List<Path> folders, List<String> mounts) {
    UnpackFolder test =
        new UnpackFolder(mounts.stream().flatMap(line -> mount(line).stream()).toList());
    return folders.stream().filter(test::isUsable).findFirst();
  }

  /** device, mount point, type, options, rest */
  private static Optional<Mount> mount(String line) {
    String[] fields = line.split(" ", 5);
    if (fields.length < 5) {
      return Optional.empty();
    }
    boolean noexec = Arrays.asList(fields[3].split(",", -1)).contains("noexec");
    return Optional.of(new Mount(Path.of(fields[1].replace("\\040", " ")), noexec));
  }

  private boolean isUsable(Path folder) {
    Path existing = folder.toAbsolutePath();
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
      return false;
    }
    return existing.toFile().getUsableSpace() >= LIBRARY_BYTES && !isNoexec(existing);
  }

  private boolean isNoexec(Path folder) {
    Path real;
    try {
      real = folder.toRealPath();
    } catch (IOException e) {
      return false;
    }
    Mount innermost = null;
    for (Mount each : mounts) {
      boolean isInner =
          innermost == null || each.point.getNameCount() >= innermost.point.getNameCount();
      // Of two mounts on one point the later one is on top.
      if (real.startsWith(each.point) && isInner) {
        innermost = each;
      }
    }
    return innermost != null && innermost.noexec;
  }
}
