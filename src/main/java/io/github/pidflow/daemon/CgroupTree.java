package io.github.pidflow.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The mounted cgroup hierarchies, and the cgroup of this process in each. */
final class CgroupTree {
  private final Path proc;

  /** A hierarchy: its mount point and the cgroup of this process. */
  record Hierarchy(Path mount, Path own, boolean isV2) {}

  /**
   * @param proc the directory {@code /proc/self}
   */
  CgroupTree(Path proc) {
    this.proc = proc;
  }

  /**
   * Finds the hierarchy that has a controller. On a host with v1 and v2 it prefers v1.
   *
   * @throws IOException if no hierarchy has it
   */
  Hierarchy hierarchy(String controller) throws IOException {
    for (String line : Files.readAllLines(proc.resolve("mounts"))) {
      String[] mount = line.split(" ", 5);
      if (mount.length == 5 && mount[2].equals("cgroup") && hasWord(mount[3], controller)) {
        return at(mount[1], ownPath(controller), false);
      }
    }
    Hierarchy v2 = v2().orElseThrow(() -> new IOException("no cgroup hierarchy is mounted"));
    if (!hasWordIn(v2.own.resolve("cgroup.controllers"), controller)
        && !hasWordIn(v2.mount.resolve("cgroup.controllers"), controller)) {
      throw new IOException("no cgroup hierarchy has the controller " + controller);
    }
    return v2;
  }

  /** The cgroup of the systemd service, if this process runs as one. */
  Optional<Path> unit() throws IOException {
    for (String line : Files.readAllLines(proc.resolve("cgroup"))) {
      String[] fields = line.split(":", 3);
      boolean systemd =
          fields.length == 3 && (fields[0].equals("0") || fields[1].equals("name=systemd"));
      if (systemd && fields[2].endsWith(".service")) {
        return Optional.of(Path.of(fields[2]));
      }
    }
    return Optional.empty();
  }

  /** The CPU limit of the unit, in cores; empty if there is none or it cannot be read. */
  Optional<Double> unitCores() {
    try {
      Hierarchy cpu = hierarchy("cpu");
      String[] limit =
          cpu.isV2
              ? Files.readString(cpu.own.resolve("cpu.max")).strip().split(" ", 2)
              : new String[] {
                Files.readString(cpu.own.resolve("cpu.cfs_quota_us")).strip(),
                Files.readString(cpu.own.resolve("cpu.cfs_period_us")).strip()
              };
      double quota = Double.parseDouble(limit[0]);
      return quota > 0 ? Optional.of(quota / Double.parseDouble(limit[1])) : Optional.empty();
    } catch (IOException | RuntimeException e) {
      // "max", or a kernel without the controller.
      return Optional.empty();
    }
  }

  /** Enables a controller for the children of a v2 cgroup. */
  void enable(Path parent, String controller) throws IOException {
    Path control = parent.resolve("cgroup.subtree_control");
    if (!hasWordIn(control, controller)) {
      Files.writeString(control, '+' + controller, StandardOpenOption.WRITE);
    }
  }

  private Optional<Hierarchy> v2() throws IOException {
    for (String line : Files.readAllLines(proc.resolve("mounts"))) {
      String[] mount = line.split(" ", 5);
      if (mount.length == 5 && mount[2].equals("cgroup2")) {
        return Optional.of(at(mount[1], ownPath(""), true));
      }
    }
    return Optional.empty();
  }

  private static Hierarchy at(String mount, String own, boolean isV2) throws IOException {
    Path root = Path.of(mount);
    Path cgroup = root.resolve(own.substring(1)).normalize();
    if (!cgroup.startsWith(root) || !Files.isDirectory(cgroup)) {
      throw new IOException("cgroup " + own + " of this process is not visible below " + mount);
    }
    return new Hierarchy(root, cgroup, isV2);
  }

  /** The path in a line {@code hierarchy-ID:controllers:path}. The line of v2 names none. */
  private String ownPath(String controller) throws IOException {
    for (String line : Files.readAllLines(proc.resolve("cgroup"))) {
      String[] fields = line.split(":", 3);
      boolean wanted =
          fields.length == 3
              && (controller.isEmpty() ? fields[0].equals("0") : hasWord(fields[1], controller));
      if (wanted && fields[2].startsWith("/")) {
        return fields[2];
      }
    }
    throw new IOException("/proc/self/cgroup has no line for " + controller);
  }

  private static boolean hasWordIn(Path file, String word) throws IOException {
    List<String> words = List.of(Files.readString(file).strip().split(" ", -1));
    return words.contains(word);
  }

  private static boolean hasWord(String list, String word) {
    return Arrays.asList(list.split(",", -1)).contains(word);
  }
}
