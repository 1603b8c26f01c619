package io.github.pidflow.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Checks the paths of executables. In a mount namespace of its own, which every user can make, a
 * process can put its own file at the path of any other. Such a path is marked if it is not the
 * same file outside.
 */
final class Executables {
  /** Follows the path of a file that another mount namespace has there, or only there. */
  static final String FOREIGN = " (foreign)";

  private static final String MOUNT_NAMESPACE = "ns/mnt";
  private static final String ATTRIBUTES = "unix:dev,ino,uid";
  private static final int ROOT = 0;

  private final ProcFs procFs;

  /**
   * The process whose mount namespace is the outside: init, or pidflow if that is not to be read.
   */
  private final Path outside;

  private final String outerNamespace;

  Executables(ProcFs procFs) {
    this.procFs = procFs;
    Path init = procFs.root().resolve(Integer.toString(ServiceManagers.INIT));
    outside = target(init).isEmpty() ? procFs.root().resolve("self") : init;
    outerNamespace = target(outside);
  }

  private static String target(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve(MOUNT_NAMESPACE)).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * The path, marked if it is another file's outside.
   *
   * @param isDeleted whether the file has no path any more, as after an update of its package
   */
  String checked(int pid, String path, boolean isDeleted) {
    String own = new String(procFs.link(pid, MOUNT_NAMESPACE), StandardCharsets.US_ASCII);
    boolean isOutside = outerNamespace.isEmpty() || own.isEmpty() || own.equals(outerNamespace);
    return isOutside || isSameOutside(pid, path, isDeleted) ? path : path + FOREIGN;
  }

  private boolean isSameOutside(int pid, String path, boolean isDeleted) {
    try {
      Map<String, Object> running =
          Files.readAttributes(procFs.root().resolve(pid + "/exe"), ATTRIBUTES);
      Map<String, Object> shown =
          Files.readAttributes(Path.of(outside + "/root" + path), ATTRIBUTES);
      boolean isSameFile = running.get("ino").equals(shown.get("ino"));
      // What an update has replaced is root's, and on the same file system.
      boolean isReplaced = isDeleted && running.get("uid").equals(ROOT);
      return running.get("dev").equals(shown.get("dev")) && (isSameFile || isReplaced);
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}
