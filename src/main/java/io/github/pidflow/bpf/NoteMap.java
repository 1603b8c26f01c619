package io.github.pidflow.bpf;

import static io.github.pidflow.bpf.Register.R1;
import static io.github.pidflow.bpf.Register.R2;
import static io.github.pidflow.bpf.Register.R3;
import static io.github.pidflow.bpf.Register.R4;

import io.github.pidflow.linux.Bpf;
import io.github.pidflow.linux.Bpf.AttachType;
import io.github.pidflow.linux.BpfMap;
import io.github.pidflow.linux.CgroupRoot;
import io.github.pidflow.linux.Descriptor;
import io.github.pidflow.linux.NativeIoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A map from the cookie of a socket to what programs at the root of the cgroup v2 hierarchy have
 * recorded about the socket. A full map drops its least recently used entry. The map and its
 * programs last until this is closed or the process exits. For one thread.
 */
final class NoteMap implements AutoCloseable {
  static final int KEY_BYTES = Long.BYTES;

  /** The result of a program that lets the system call proceed. */
  static final int PROCEED = 1;

  // Flags of an update: whether it may replace an entry.
  static final int ANY = 0;
  static final int NO_EXIST = 1;

  private static final int NO_COOKIE = 0;

  private final BpfMap map;
  private final int maxEntries;

  /** Programs and their links, in the order in which they are closed. */
  private final Deque<Descriptor> attached = new ArrayDeque<>();

  private NoteMap(BpfMap map, int maxEntries) {
    this.map = map;
    this.maxEntries = maxEntries;
  }

  static NoteMap create(int valueBytes, int maxEntries) throws NativeIoException {
    return new NoteMap(
        BpfMap.create(Bpf.MapType.LRU_HASH, KEY_BYTES, valueBytes, maxEntries), maxEntries);
  }

  /** Appends the end of a program: it stores a key and a value from the stack, and proceeds. */
  static Assembler updateAndExit(Assembler program, int mapFd, int keyAt, int valueAt, int flags) {
    return program
        .setMap(R1, mapFd)
        .setStackAddress(R2, keyAt)
        .setStackAddress(R3, valueAt)
        .set(R4, flags)
        .call(Helper.MAP_UPDATE_ELEM)
        .exit(PROCEED);
  }

  /**
   * Starts a program that writes to this map.
   *
   * @param instructions assembles the program for the descriptor of the map
   */
  void attach(AttachType type, IntFunction<long[]> instructions) throws IOException {
    try (Descriptor cgroup = CgroupRoot.open()) {
      Descriptor program = Bpf.loadProgram(type, instructions.apply(map.fd()));
      attached.push(program);
      attached.push(Bpf.attach(program, cgroup, type));
    }
  }

  /** The value under a cookie. The buffer is valid until the next call. */
  Optional<ByteBuffer> find(long cookie) {
    try {
      map.key().putLong(0, cookie);
      return map.lookup() ? Optional.of(map.value()) : Optional.empty();
    } catch (NativeIoException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The cookies in the map. */
  List<Long> cookies() {
    List<Long> cookies = new ArrayList<>();
    try {
      map.key().putLong(0, NO_COOKIE);
      // Updates may make the iteration start over, so its length is limited.
      while (cookies.size() <= maxEntries && map.nextKey()) {
        cookies.add(map.key().getLong(0));
      }
    } catch (NativeIoException e) {
      throw new IllegalStateException(e);
    }
    return cookies;
  }

  @Override
  public void close() {
    attached.forEach(Descriptor::close);
    map.close();
  }
}
