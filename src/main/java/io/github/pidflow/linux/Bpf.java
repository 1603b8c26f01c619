package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Locale;

/** bpf(2): the few of its commands pidflow uses, each with its part of {@code union bpf_attr}. */
public final class Bpf {
  public static final int MAP_TYPE_LRU_HASH = 9;
  public static final int PROG_TYPE_CGROUP_SOCK = 9;
  public static final int PROG_TYPE_SOCK_OPS = 13;
  public static final int CGROUP_INET_SOCK_CREATE = 2;
  public static final int CGROUP_SOCK_OPS = 3;
  public static final int CGROUP_INET_SOCK_RELEASE = 34;

  private static final int MAP_CREATE = 0;
  private static final int MAP_LOOKUP_ELEM = 1;
  private static final int MAP_GET_NEXT_KEY = 4;
  private static final int PROG_LOAD = 5;
  private static final int LINK_CREATE = 28;

  private static final int ATTR_BYTES = 128;
  private static final int INSTRUCTION_BYTES = 8;

  private Bpf() {}

  public static int createMap(int type, int keyBytes, int valueBytes, int maxEntries)
      throws NativeIoException {
    try (Memory attr = attr()) {
      attr.setInt(0, type);
      attr.setInt(4, keyBytes);
      attr.setInt(8, valueBytes);
      attr.setInt(12, maxEntries);
      return call(MAP_CREATE, attr, "bpf(BPF_MAP_CREATE)");
    }
  }

  /**
   * Loads a program.
   *
   * @param instructions each {@code u8 code; u8 dst:4, src:4; s16 off; s32 imm} as one long
   */
  public static int loadProgram(int type, int attachType, long[] instructions)
      throws NativeIoException {
    try (Memory attr = attr();
        Memory code = new Memory((long) instructions.length * INSTRUCTION_BYTES);
        Memory license = new Memory(16)) {
      code.write(0, instructions, 0, instructions.length);
      license.setString(0, "Apache-2.0");
      attr.setInt(0, type);
      attr.setInt(4, instructions.length);
      attr.setPointer(8, code);
      attr.setPointer(16, license);
      attr.setInt(68, attachType);
      return call(PROG_LOAD, attr, "bpf(BPF_PROG_LOAD)");
    }
  }

  /** Attaches a program to a cgroup for as long as the fd it returns is open. */
  public static int link(int program, int cgroup, int attachType) throws NativeIoException {
    try (Memory attr = attr()) {
      attr.setInt(0, program);
      attr.setInt(4, cgroup);
      attr.setInt(8, attachType);
      return call(LINK_CREATE, attr, "bpf(BPF_LINK_CREATE)");
    }
  }

  /** Reads a map's value; false if there is none under the key. */
  public static boolean lookup(int map, Pointer key, Pointer value, Memory attr) {
    attr.clear();
    attr.setInt(0, map);
    attr.setPointer(8, key);
    attr.setPointer(16, value);
    return bpf(MAP_LOOKUP_ELEM, attr) == 0;
  }

  /** Finds the key after another, or the first after one that is not there; false at the end. */
  public static boolean nextKey(int map, Pointer key, Pointer next, Memory attr) {
    attr.clear();
    attr.setInt(0, map);
    attr.setPointer(8, key);
    attr.setPointer(16, next);
    return bpf(MAP_GET_NEXT_KEY, attr) == 0;
  }

  public static Memory attr() {
    Memory attr = new Memory(ATTR_BYTES);
    attr.clear();
    return attr;
  }

  private static int call(int command, Pointer attr, String what) throws NativeIoException {
    long result = bpf(command, attr);
    if (result < 0) {
      throw NativeIoException.last(what);
    }
    return (int) result;
  }

  private static long bpf(int command, Pointer attr) {
    return LibC.syscall(number(), command, Pointer.nativeValue(attr), ATTR_BYTES, 0, 0);
  }

  /** The call's number, which each architecture chose for itself. */
  private static long number() {
    return switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> 321;
      case "aarch64", "riscv64" -> 280;
      case "ppc64le" -> 361;
      default -> -1;
    };
  }
}
