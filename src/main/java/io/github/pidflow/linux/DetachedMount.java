package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/**
 * Mounts a pseudo file system for this process alone: the mount is attached to no directory and
 * ends when its descriptor is closed. Needs Linux 5.2 and CAP_SYS_ADMIN.
 */
final class DetachedMount {
  private static final int CLOEXEC = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;

  private DetachedMount() {}

  /** The root directory of a new mount. */
  static Descriptor of(String type) throws NativeIoException {
    try (Memory name = new Memory(type.length() + 1L)) {
      name.setString(0, type);
      long opened =
          LibC.syscall(Syscall.FSOPEN.number(), Pointer.nativeValue(name), CLOEXEC, 0, 0, 0);
      try (Descriptor context =
          Descriptor.of(opened, "fsopen(" + type + "), since it is not mounted")) {
        Descriptor.checked(
            LibC.syscall(Syscall.FSCONFIG.number(), context.fd(), FSCONFIG_CMD_CREATE, 0, 0, 0),
            "fsconfig(" + type + ')');
        return Descriptor.of(
            LibC.syscall(Syscall.FSMOUNT.number(), context.fd(), CLOEXEC, 0, 0, 0),
            "fsmount(" + type + ')');
      }
    }
  }
}
