package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/**
 * The commands of bpf(2) that pidflow uses, each with its part of {@code union bpf_attr}.
 *
 * <pre>
 * BPF_MAP_CREATE       BPF_MAP_*_ELEM, *_NEXT_KEY   BPF_PROG_LOAD                BPF_LINK_CREATE
 *  0 u32 map_type       0 u32 map_fd                 0 u32 prog_type              0 u32 prog_fd
 *  4 u32 key_size       8 u64 key                    4 u32 insn_cnt               4 u32 target_fd
 *  8 u32 value_size    16 u64 value or next_key      8 u64 insns                  8 u32 attach_type
 * 12 u32 max_entries                                16 u64 license
 * 16 u32 map_flags                                  68 u32 expected_attach_type
 * </pre>
 */
public final class Bpf {
  private static final int MAP_CREATE = 0;
  private static final int MAP_LOOKUP_ELEM = 1;
  private static final int MAP_GET_NEXT_KEY = 4;
  private static final int PROG_LOAD = 5;
  private static final int LINK_CREATE = 28;

  private static final int MAP_TYPE = 0;
  private static final int KEY_SIZE = 4;
  private static final int VALUE_SIZE = 8;
  private static final int MAX_ENTRIES = 12;
  private static final int MAP_FLAGS = 16;

  private static final int MAP_FD = 0;
  private static final int KEY = 8;
  private static final int VALUE = 16;

  private static final int PROG_TYPE = 0;
  private static final int INSN_CNT = 4;
  private static final int INSNS = 8;
  private static final int LICENSE = 16;
  private static final int EXPECTED_ATTACH_TYPE = 68;

  private static final int PROG_FD = 0;
  private static final int TARGET_FD = 4;
  private static final int ATTACH_TYPE = 8;

  private static final int ATTR_BYTES = 128;
  private static final String LICENSE_NAME = "Apache-2.0";

  private Bpf() {}

  /** A kind of map: {@code enum bpf_map_type}. */
  public enum MapType {
    /** An array that user space can map into its memory (BPF_F_MMAPABLE, Linux 5.5). */
    MAPPED_ARRAY(2, 1 << 10),
    /** A hash table that drops its least recently used entry when it is full. */
    LRU_HASH(9, 0);

    private final int number;
    private final int flags;

    MapType(int number, int flags) {
      this.number = number;
      this.flags = flags;
    }
  }

  /** A kind of program: {@code enum bpf_prog_type}. */
  public enum ProgramType {
    CGROUP_SOCK(9),
    SOCK_OPS(13),
    CGROUP_SOCK_ADDR(18);

    private final int number;

    ProgramType(int number) {
      this.number = number;
    }
  }

  /** A place where programs run, and their type: {@code enum bpf_attach_type}. */
  public enum AttachType {
    CGROUP_INET_SOCK_CREATE(2, ProgramType.CGROUP_SOCK),
    CGROUP_SOCK_OPS(3, ProgramType.SOCK_OPS),
    CGROUP_INET4_CONNECT(10, ProgramType.CGROUP_SOCK_ADDR),
    CGROUP_INET6_CONNECT(11, ProgramType.CGROUP_SOCK_ADDR),
    CGROUP_INET4_POST_BIND(12, ProgramType.CGROUP_SOCK),
    CGROUP_INET6_POST_BIND(13, ProgramType.CGROUP_SOCK),
    CGROUP_INET_SOCK_RELEASE(34, ProgramType.CGROUP_SOCK);

    private final int number;
    private final ProgramType programType;

    AttachType(int number, ProgramType programType) {
      this.number = number;
      this.programType = programType;
    }
  }

  /**
   * Loads a program, which stays loaded while its descriptor or a link is open.
   *
   * @param instructions one {@code struct bpf_insn} in each long
   */
  public static Descriptor loadProgram(AttachType type, long[] instructions)
      throws NativeIoException {
    try (Memory attr = attr();
        Memory code = new Memory((long) instructions.length * Long.BYTES);
        Memory license = new Memory(LICENSE_NAME.length() + 1L)) {
      code.write(0, instructions, 0, instructions.length);
      license.setString(0, LICENSE_NAME);
      attr.setInt(PROG_TYPE, type.programType.number);
      attr.setInt(INSN_CNT, instructions.length);
      attr.setPointer(INSNS, code);
      attr.setPointer(LICENSE, license);
      attr.setInt(EXPECTED_ATTACH_TYPE, type.number);
      return Descriptor.of(bpf(PROG_LOAD, attr), "bpf(BPF_PROG_LOAD)");
    }
  }

  /** Attaches a program to a cgroup and those below it until the returned descriptor is closed. */
  public static Descriptor attach(Descriptor program, Descriptor cgroup, AttachType type)
      throws NativeIoException {
    try (Memory attr = attr()) {
      attr.setInt(PROG_FD, program.fd());
      attr.setInt(TARGET_FD, cgroup.fd());
      attr.setInt(ATTACH_TYPE, type.number);
      return Descriptor.of(bpf(LINK_CREATE, attr), "bpf(BPF_LINK_CREATE)");
    }
  }

  static Descriptor createMap(MapType type, int keyBytes, int valueBytes, int maxEntries)
      throws NativeIoException {
    try (Memory attr = attr()) {
      attr.setInt(MAP_TYPE, type.number);
      attr.setInt(KEY_SIZE, keyBytes);
      attr.setInt(VALUE_SIZE, valueBytes);
      attr.setInt(MAX_ENTRIES, maxEntries);
      attr.setInt(MAP_FLAGS, type.flags);
      return Descriptor.of(bpf(MAP_CREATE, attr), "bpf(BPF_MAP_CREATE)");
    }
  }

  /** Copies the value under a key; false if there is none. */
  static boolean lookup(Descriptor map, Pointer key, Pointer value, Memory attr)
      throws NativeIoException {
    return element(MAP_LOOKUP_ELEM, map, key, value, attr);
  }

  /** Finds the key after another, or the first key if there is no such other; false at the end. */
  static boolean nextKey(Descriptor map, Pointer key, Pointer next, Memory attr)
      throws NativeIoException {
    return element(MAP_GET_NEXT_KEY, map, key, next, attr);
  }

  /** An empty {@code union bpf_attr}. */
  static Memory attr() {
    Memory attr = new Memory(ATTR_BYTES);
    attr.clear();
    return attr;
  }

  private static boolean element(
      int command, Descriptor map, Pointer key, Pointer valueOrNextKey, Memory attr)
      throws NativeIoException {
    attr.clear();
    attr.setInt(MAP_FD, map.fd());
    attr.setPointer(KEY, key);
    attr.setPointer(VALUE, valueOrNextKey);
    return bpf(command, attr) == 0;
  }

  private static long bpf(int command, Memory attr) throws NativeIoException {
    return LibC.syscall(Syscall.BPF.number(), command, Pointer.nativeValue(attr), ATTR_BYTES, 0, 0);
  }
}
