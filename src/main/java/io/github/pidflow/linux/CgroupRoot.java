package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the root of the cgroup v2 hierarchy (cgroups(7)). */
public final class CgroupRoot {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final String TYPE = "cgroup2";

  private CgroupRoot() {}

  /**
   * Opens the root where it is mounted. If it is mounted nowhere, as under {@code ip netns exec},
   * this mounts it for this process alone.
   */
  public static Descriptor open() throws IOException {
    for (String line : Files.readAllLines(MOUNTS)) {
      // device, mount point, type, rest
      String[] fields = line.split(" ", 4);
      if (fields.length == 4 && fields[2].equals(TYPE)) {
        return Descriptor.openFile(fields[1]);
      }
    }
    return DetachedMount.of(TYPE);
  }
}
