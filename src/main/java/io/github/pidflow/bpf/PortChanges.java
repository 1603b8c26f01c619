package io.github.pidflow.bpf;

import static io.github.pidflow.bpf.Register.FRAME;
import static io.github.pidflow.bpf.Register.R0;
import static io.github.pidflow.bpf.Register.R1;
import static io.github.pidflow.bpf.Register.R2;
import static io.github.pidflow.bpf.Register.R6;
import static io.github.pidflow.bpf.Register.R7;

import io.github.pidflow.linux.Bpf;
import io.github.pidflow.linux.Bpf.AttachType;
import io.github.pidflow.linux.BpfMap;
import io.github.pidflow.linux.CgroupRoot;
import io.github.pidflow.linux.Descriptor;
import io.github.pidflow.linux.MappedRegion;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * When a socket was last bound or connected on each local port, by any protocol but TCP and in any
 * network namespace. Only then can a socket appear that takes packets away from another one on the
 * port: the kernel reports no other trace of it.
 *
 * <p>Programs at the root of the cgroup v2 hierarchy write to an array of one time per port, which
 * is mapped into memory: a look at it is one read. Needs CAP_BPF and CAP_NET_ADMIN, and Linux 5.8.
 */
public final class PortChanges implements AutoCloseable {
  private static final int PORTS = 1 << 16;
  private static final int IPPROTO_TCP = 6;

  // Fields of struct bpf_sock and of struct bpf_sock_addr.
  private static final int SOCK_PROTOCOL = 12;
  private static final int SOCK_SRC_PORT = 44;
  private static final int ADDR_PROTOCOL = 36;
  private static final int ADDR_SK = 64;

  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final int KEY_AT = -Integer.BYTES;

  private final BpfMap map;
  private final MappedRegion region;
  private final ByteBuffer times;

  /** Programs and their links, in the order in which they are closed. */
  private final Deque<Descriptor> attached = new ArrayDeque<>();

  private PortChanges(BpfMap map, MappedRegion region) {
    this.map = map;
    this.region = region;
    times = region.buffer();
  }

  /** Starts to record changes, until this is closed or the process exits. */
  public static PortChanges open() throws IOException {
    BpfMap map = BpfMap.create(Bpf.MapType.MAPPED_ARRAY, Integer.BYTES, Long.BYTES, PORTS);
    try {
      PortChanges changes = new PortChanges(map, map.mapValues(PORTS * Long.BYTES));
      changes.attachAll();
      return changes;
    } catch (IOException e) {
      map.close();
      throw e;
    }
  }

  private void attachAll() throws IOException {
    try (Descriptor cgroup = CgroupRoot.open()) {
      attach(AttachType.CGROUP_INET4_POST_BIND, boundInstructions(map.fd()), cgroup);
      attach(AttachType.CGROUP_INET6_POST_BIND, boundInstructions(map.fd()), cgroup);
      attach(AttachType.CGROUP_INET4_CONNECT, connectInstructions(map.fd()), cgroup);
      attach(AttachType.CGROUP_INET6_CONNECT, connectInstructions(map.fd()), cgroup);
    } catch (IOException e) {
      attached.forEach(Descriptor::close);
      region.close();
      throw e;
    }
  }

  private void attach(AttachType type, long[] instructions, Descriptor cgroup) throws IOException {
    Descriptor program = Bpf.loadProgram(type, instructions);
    attached.push(program);
    attached.push(Bpf.attach(program, cgroup, type));
  }

  /** The program for a socket that has just been bound. */
  static long[] boundInstructions(int mapFd) {
    Assembler.Label done = new Assembler.Label();
    Assembler program =
        new Assembler()
            .loadInt(R2, R1, SOCK_PROTOCOL)
            .jumpIfEqual(R2, IPPROTO_TCP, done)
            .loadInt(R7, R1, SOCK_SRC_PORT);
    return storeTime(program, mapFd, done);
  }

  /** The program for a socket that is about to be connected. */
  static long[] connectInstructions(int mapFd) {
    Assembler.Label done = new Assembler.Label();
    Assembler program =
        new Assembler()
            .loadInt(R2, R1, ADDR_PROTOCOL)
            .jumpIfEqual(R2, IPPROTO_TCP, done)
            .loadLong(R7, R1, ADDR_SK)
            .loadInt(R7, R7, SOCK_SRC_PORT);
    return storeTime(program, mapFd, done);
  }

  /** Stores the time since boot under the port in R7. */
  private static long[] storeTime(Assembler program, int mapFd, Assembler.Label done) {
    return program
        .storeInt(FRAME, KEY_AT, R7)
        .setMap(R1, mapFd)
        .setStackAddress(R2, KEY_AT)
        .call(Helper.MAP_LOOKUP_ELEM)
        .jumpIfEqual(R0, 0, done)
        .move(R6, R0)
        .call(Helper.KTIME_GET_BOOT_NS)
        .storeLong(R6, 0, R0)
        .place(done)
        .exit(NoteMap.PROCEED)
        .assemble();
  }

  /**
   * When a socket was last bound or connected on a port, in nanoseconds since boot; 0 if none was
   * since this was opened. For any thread, until this is closed.
   */
  public long lastNanos(int port) {
    return (long) LONG.getOpaque(times, port * Long.BYTES);
  }

  /** Must be called only after every thread that reads it has ended. */
  @Override
  public void close() {
    attached.forEach(Descriptor::close);
    region.close();
    map.close();
  }
}
