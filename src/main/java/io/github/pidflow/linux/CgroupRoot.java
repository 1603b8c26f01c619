package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The root of the cgroup v2 hierarchy, as a file descriptor. */
public final class CgroupRoot {
  private static final int O_RDONLY_CLOEXEC = 0x80000;

  // Numbers of the newer calls are the same on every architecture.
  private static final int FSOPEN = 430;
  private static final int FSCONFIG = 431;
  private static final int FSMOUNT = 432;
  private static final int CLOEXEC = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;

  private CgroupRoot() {}

  /** Opens it where it is mounted, or else, as under ip netns exec, mounts it for us alone. */
  public static int open() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
      String[] fields = line.split(" ", 4);
      if (fields.length == 4 && fields[2].equals("cgroup2")) {
        byte[] path = (fields[1] + '\0').getBytes(StandardCharsets.UTF_8);
        return checked(LibC.open(path, O_RDONLY_CLOEXEC), "open(" + fields[1] + ')');
      }
    }
    return mount();
  }

  /** A mount that is attached to no directory and ends with its descriptor. */
  private static int mount() throws NativeIoException {
    try (Memory type = new Memory(16)) {
      type.setString(0, "cgroup2");
      int context =
          checked(
              LibC.syscall(FSOPEN, Pointer.nativeValue(type), CLOEXEC, 0, 0, 0),
              "fsopen(cgroup2), since it is not mounted");
      try {
        checked(LibC.syscall(FSCONFIG, context, FSCONFIG_CMD_CREATE, 0, 0, 0), "fsconfig(cgroup2)");
        return checked(LibC.syscall(FSMOUNT, context, CLOEXEC, 0, 0, 0), "fsmount(cgroup2)");
      } finally {
        LibC.close(context);
      }
    }
  }

  private static int checked(long result, String call) throws NativeIoException {
    if (result < 0) {
      throw NativeIoException.last(call);
    }
    return (int) result;
  }
}
