package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Finds the directory of a cgroup (v2) by its id while the cgroup exists. The id is that of the
 * directory's file handle, which open_by_handle_at(2) opens without a walk of the tree. Needs
 * CAP_DAC_READ_SEARCH. For one thread.
 *
 * <pre>
 * struct file_handle, with the handle of a kernfs file
 *  0 u32 handle_bytes   4 s32 handle_type   8 u64 id
 * </pre>
 */
public final class Cgroups implements AutoCloseable {
  private static final int O_PATH_CLOEXEC = 0x280000;
  private static final int FILEID_KERNFS = 0xfe;
  private static final int MAX_PATH_BYTES = 4096;

  private static final int HANDLE_BYTES = 0;
  private static final int HANDLE_TYPE = 4;
  private static final int ID = 8;

  private final Descriptor root;
  private final Memory handle = new Memory(ID + Long.BYTES);
  private final byte[] target = new byte[MAX_PATH_BYTES];

  private Cgroups(Descriptor root) {
    this.root = root;
    handle.setInt(HANDLE_BYTES, Long.BYTES);
    handle.setInt(HANDLE_TYPE, FILEID_KERNFS);
  }

  public static Cgroups open() throws IOException {
    return new Cgroups(CgroupRoot.open());
  }

  /** The root of the hierarchy, also where it is mounted nowhere. */
  public Path directory() throws NativeIoException {
    return Path.of("/proc/self/fd/" + root.fd() + "/.");
  }

  /** The path of a cgroup from the root of its hierarchy; empty if it no longer exists. */
  public Optional<String> path(long id) {
    handle.setLong(ID, id);
    try (Descriptor directory =
        Descriptor.of(
            LibC.open_by_handle_at(root.fd(), handle, O_PATH_CLOEXEC), "open_by_handle_at")) {
      String path = link(directory);
      return path.isEmpty() ? Optional.empty() : Optional.of(fromRoot(path));
    } catch (NativeIoException e) {
      return Optional.empty();
    }
  }

  private String link(Descriptor directory) throws NativeIoException {
    byte[] link = ("/proc/self/fd/" + directory.fd() + '\0').getBytes(StandardCharsets.US_ASCII);
    int length = ProcReads.link(link, target);
    return length < 0 ? "" : new String(target, 0, length, StandardCharsets.UTF_8);
  }

  /** Removes the mount point. */
  private String fromRoot(String path) throws NativeIoException {
    String mountPoint = link(root);
    return mountPoint.length() > 1 && (path + '/').startsWith(mountPoint + '/')
        ? '/' + path.substring(Math.min(path.length(), mountPoint.length() + 1))
        : path;
  }

  @Override
  public void close() {
    root.close();
  }
}
