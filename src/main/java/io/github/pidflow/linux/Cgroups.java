package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Finds the cgroup (v2) an id stands for, while it exists: the id is that of the file handle,
 * open_by_handle_at(2), so no tree has to be walked. Needs CAP_DAC_READ_SEARCH.
 */
public final class Cgroups implements AutoCloseable {
  private static final int O_PATH_CLOEXEC = 0x280000;
  private static final int FILEID_KERNFS = 0xfe;
  private static final int ID_BYTES = 8;

  private final int root;

  // struct file_handle: u32 handle_bytes, s32 handle_type, u64 id
  private final Memory handle = new Memory(16);
  private final byte[] target = new byte[4096];

  private Cgroups(int root) {
    this.root = root;
  }

  public static Cgroups open() throws IOException {
    return new Cgroups(CgroupRoot.open());
  }

  /** The directory of a cgroup, below wherever its hierarchy is mounted; empty if it is gone. */
  public Optional<String> path(long id) {
    handle.setInt(0, ID_BYTES);
    handle.setInt(4, FILEID_KERNFS);
    handle.setLong(8, id);
    int directory = LibC.open_by_handle_at(root, handle, O_PATH_CLOEXEC);
    if (directory < 0) {
      return Optional.empty();
    }
    try {
      byte[] link = ("/proc/self/fd/" + directory + '\0').getBytes(StandardCharsets.US_ASCII);
      int length = ProcReads.link(link, target);
      return length < 0
          ? Optional.empty()
          : Optional.of(new String(target, 0, length, StandardCharsets.UTF_8));
    } finally {
      LibC.close(directory);
    }
  }

  @Override
  public void close() {
    LibC.close(root);
  }
}
