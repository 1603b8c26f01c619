package io.github.pidflow.bpf;

import com.sun.jna.Memory;
import io.github.pidflow.linux.Bpf;
import io.github.pidflow.linux.CgroupRoot;
import io.github.pidflow.linux.LibC;
import io.github.pidflow.linux.NativeIoException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What eBPF programs at the root of the cgroup v2 hierarchy note of sockets, by their cookies. The
 * map drops what was used least; it and its programs end when this is closed, or the process ends.
 * For one thread.
 */
final class NoteMap implements AutoCloseable {
  private static final int KEY_BYTES = 8;

  private final int map;
  private final int maxEntries;
  private final List<Integer> attached = new ArrayList<>();
  private final Memory key = new Memory(KEY_BYTES);
  private final Memory value;
  private final Memory attr = Bpf.attr();

  private NoteMap(int map, int valueBytes, int maxEntries) {
    this.map = map;
    this.maxEntries = maxEntries;
    value = new Memory(valueBytes);
  }

  static NoteMap create(int valueBytes, int maxEntries) throws NativeIoException {
    int map = Bpf.createMap(Bpf.MAP_TYPE_LRU_HASH, KEY_BYTES, valueBytes, maxEntries);
    return new NoteMap(map, valueBytes, maxEntries);
  }

  /**
   * Runs a program that notes into this map.
   *
   * @param code its instructions, given the map's descriptor
   */
  void attach(int programType, int attachType, IntFunction<long[]> code) throws IOException {
    int cgroup = CgroupRoot.open();
    try {
      int program = Bpf.loadProgram(programType, attachType, code.apply(map));
      attached.add(program);
      attached.add(Bpf.link(program, cgroup, attachType));
    } finally {
      LibC.close(cgroup);
    }
  }

  /** The note under a cookie, valid until the next call; null if there is none. */
  Memory find(long cookie) {
    key.setLong(0, cookie);
    return Bpf.lookup(map, key, value, attr) ? value : null;
  }

  /** The cookies there are notes of. */
  List<Long> cookies() {
    List<Long> cookies = new ArrayList<>();
    key.setLong(0, 0);
    // What is noted meanwhile may make it start over: it ends all the same.
    while (cookies.size() <= maxEntries && Bpf.nextKey(map, key, key, attr)) {
      cookies.add(key.getLong(0));
    }
    return cookies;
  }

  @Override
  public void close() {
    for (int i = attached.size() - 1; i >= 0; i--) {
      LibC.close(attached.get(i));
    }
    LibC.close(map);
  }
}
