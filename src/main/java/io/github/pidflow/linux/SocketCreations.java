package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Who created which internet socket, noted by the kernel at the moment it was created. A socket
 * that lives shorter than it takes to look for it is found this way, also after its process has
 * ended.
 *
 * <p>A small eBPF program runs at the root of the cgroup v2 hierarchy, so for the processes of
 * every container too, each time a socket is created. It stores under the socket's cookie, in a map
 * that drops what was used least:
 *
 * <pre>
 *  0 u32 thread id   4 u32 process id   8 u32 uid   12 u32 gid   16 u64 time since boot, ns
 * 24 char comm[16], of the thread
 * </pre>
 *
 * It needs CAP_BPF and CAP_NET_ADMIN, and Linux 5.8.
 */
public final class SocketCreations implements AutoCloseable {
  private static final int MAX_SOCKETS = 16_384;
  private static final int KEY_BYTES = 8;
  private static final int VALUE_BYTES = 40;
  private static final int PROCESS_ID = 4;
  private static final int UID = 8;
  private static final int BOOT_NANOS = 16;
  private static final int COMM = 24;
  private static final int COMM_BYTES = 16;

  // Helper functions, by their numbers in linux/bpf.h.
  private static final int MAP_UPDATE_ELEM = 2;
  private static final int GET_CURRENT_PID_TGID = 14;
  private static final int GET_CURRENT_UID_GID = 15;
  private static final int GET_CURRENT_COMM = 16;
  private static final int GET_SOCKET_COOKIE = 46;
  private static final int KTIME_GET_BOOT_NS = 125;

  private final int map;
  private final int program;
  private final int link;
  private final Memory key = new Memory(KEY_BYTES);
  private final Memory value = new Memory(VALUE_BYTES);
  private final Memory attr = Bpf.attr();

  private SocketCreations(int map, int program, int link) {
    this.map = map;
    this.program = program;
    this.link = link;
  }

  /**
   * Who created a socket, and when.
   *
   * @param mainThread whether {@code comm}, which is a thread's, is that of the process
   */
  public record Creation(int pid, int uid, long bootNanos, String comm, boolean mainThread) {}

  /** Loads and attaches the program; it is gone when this is closed, or the process ends. */
  public static SocketCreations open() throws IOException {
    int map = -1;
    int program = -1;
    int cgroup = -1;
    try {
      cgroup = CgroupRoot.open();
      map = Bpf.createMap(Bpf.MAP_TYPE_LRU_HASH, KEY_BYTES, VALUE_BYTES, MAX_SOCKETS);
      program =
          Bpf.loadProgram(
              Bpf.PROG_TYPE_CGROUP_SOCK, Bpf.CGROUP_INET_SOCK_CREATE, instructions(map));
      int link = Bpf.link(program, cgroup, Bpf.CGROUP_INET_SOCK_CREATE);
      return new SocketCreations(map, program, link);
    } catch (IOException e) {
      close(program);
      close(map);
      throw e;
    } finally {
      close(cgroup);
    }
  }

  /** The creation of the socket with this cookie, if it was seen and has not been dropped. */
  public Optional<Creation> find(long cookie) {
    key.setLong(0, cookie);
    if (!Bpf.lookup(map, key, value, attr)) {
      return Optional.empty();
    }
    int thread = value.getInt(0);
    int process = value.getInt(PROCESS_ID);
    byte[] comm = value.getByteArray(COMM, COMM_BYTES);
    int length = 0;
    while (length < COMM_BYTES && comm[length] != 0) {
      length++;
    }
    return Optional.of(
        new Creation(
            process,
            value.getInt(UID),
            value.getLong(BOOT_NANOS),
            new String(comm, 0, length, StandardCharsets.UTF_8),
            thread == process));
  }

  @Override
  public void close() {
    close(link);
    close(program);
    close(map);
  }

  private static long[] instructions(int map) {
    int keyAt = -KEY_BYTES;
    int valueAt = keyAt - VALUE_BYTES;
    return new long[] {
      call(GET_SOCKET_COOKIE), // of the context, which is in r1 from the start
      store(keyAt, 0),
      call(GET_CURRENT_PID_TGID),
      store(valueAt, 0),
      call(GET_CURRENT_UID_GID),
      store(valueAt + UID, 0),
      call(KTIME_GET_BOOT_NS),
      store(valueAt + BOOT_NANOS, 0),
      move(1, 10),
      add(1, valueAt + COMM),
      set(2, COMM_BYTES),
      call(GET_CURRENT_COMM),
      instruction(0x18, 1, 1, 0, map), // r1 = the map of this fd, in two instructions
      0,
      move(2, 10),
      add(2, keyAt),
      move(3, 10),
      add(3, valueAt),
      set(4, 0),
      call(MAP_UPDATE_ELEM),
      set(0, 1), // let the socket be created
      instruction(0x95, 0, 0, 0, 0), // exit
    };
  }

  private static long call(int helper) {
    return instruction(0x85, 0, 0, 0, helper);
  }

  /** Stores the 64 bits of a register on the stack, whose end is in r10. */
  private static long store(int offset, int register) {
    return instruction(0x7b, 10, register, offset, 0);
  }

  private static long move(int to, int from) {
    return instruction(0xbf, to, from, 0, 0);
  }

  private static long add(int register, int constant) {
    return instruction(0x07, register, 0, 0, constant);
  }

  private static long set(int register, int constant) {
    return instruction(0xb7, register, 0, 0, constant);
  }

  /** {@code struct bpf_insn} of a little-endian machine. */
  private static long instruction(int code, int to, int from, int offset, int constant) {
    return code
        | ((long) to << 8)
        | ((long) from << 12)
        | ((offset & 0xffffL) << 16)
        | ((long) constant << 32);
  }

  private static void close(int fd) {
    if (fd >= 0) {
      LibC.close(fd);
    }
  }
}
