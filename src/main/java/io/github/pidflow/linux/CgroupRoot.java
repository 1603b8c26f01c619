package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the root of the cgroup v2 hierarchy (cgroups(7)). */
public final class CgroupRoot {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final String TYPE = "cgroup2";
  private static final int CLOEXEC = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;

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
    return mount();
  }

  /** Makes a mount that is attached to no directory and ends when its descriptor is closed. */
  private static Descriptor mount() throws NativeIoException {
    try (Memory type = new Memory(TYPE.length() + 1L)) {
      type.setString(0, TYPE);
      long opened =
          LibC.syscall(Syscall.FSOPEN.number(), Pointer.nativeValue(type), CLOEXEC, 0, 0, 0);
      try (Descriptor context = Descriptor.of(opened, "fsopen(cgroup2), since it is not mounted")) {
        Descriptor.checked(
            LibC.syscall(Syscall.FSCONFIG.number(), context.fd(), FSCONFIG_CMD_CREATE, 0, 0, 0),
            "fsconfig(cgroup2)");
        return Descriptor.of(
            LibC.syscall(Syscall.FSMOUNT.number(), context.fd(), CLOEXEC, 0, 0, 0),
            "fsmount(cgroup2)");
      }
    }
  }
}
