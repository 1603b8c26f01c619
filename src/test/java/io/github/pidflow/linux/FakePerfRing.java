package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A perf ring into which a test writes in place of the kernel. */
final class FakePerfRing {
  static final int MMAP = 1;
  static final int LOST = 2;
  static final int COMM = 3;
  static final int EXIT = 4;
  static final int FORK = 7;
  static final int NAMESPACES = 16;
  static final int CGROUP = 19;

  static final int DATA_BYTES = 512;

  /** The time of every record. */
  static final long TIME_NANOS = 1_700_000_000_123_456_789L;

  private static final int PAGE_BYTES = 4096;
  private static final int SAMPLE_ID_BYTES = 16;

  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(PAGE_BYTES + DATA_BYTES).order(ByteOrder.nativeOrder());
  private final PerfRing ring = new PerfRing(memory, PAGE_BYTES);

  PerfRing ring() {
    return ring;
  }

  long head() {
    return memory.getLong(PerfRing.DATA_HEAD);
  }

  void setHead(long position) {
    memory.putLong(PerfRing.DATA_HEAD, position);
  }

  void setTail(long position) {
    memory.putLong(PerfRing.DATA_TAIL, position);
  }

  /** Drains the ring and checks that all of it may be overwritten now. */
  int drain(PerfRing.RecordHandler handler) {
    int records = ring.drain(handler);
    assertEquals(head(), memory.getLong(PerfRing.DATA_TAIL), "the tail has reached the head");
    return records;
  }

  static ByteBuffer body(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }

  /** Writes a record of a header, a body and a sample id. */
  void write(int type, int misc, ByteBuffer body) {
    int length = PerfRing.HEADER_BYTES + body.capacity() + SAMPLE_ID_BYTES;
    ByteBuffer record = body(length);
    record.putInt(type).putShort((short) misc).putShort((short) length);
    record.put(body.rewind()).putInt(1).putInt(1).putLong(TIME_NANOS);
    write(record);
  }

  /** Writes bytes as the kernel does, wrapping around the end of the data. */
  void write(ByteBuffer bytes) {
    long head = head();
    for (int i = 0; i < bytes.capacity(); i++) {
      memory.put(PAGE_BYTES + (int) ((head + i) % DATA_BYTES), bytes.get(i));
    }
    setHead(head + bytes.capacity());
  }

  /** Writes a FORK or EXIT record. */
  void writeTask(int type, int pid, int parentPid, int tid) {
    write(type, 0, body(24).putInt(pid).putInt(parentPid).putInt(tid).putInt(1).putLong(0));
  }

  void writeComm(int pid, int tid, String comm, int misc) {
    byte[] name = comm.getBytes(StandardCharsets.UTF_8);
    write(COMM, misc, body(8 + (name.length + 8) / 8 * 8).putInt(pid).putInt(tid).put(name));
  }

  void writeMapping(int pid, String path) {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    ByteBuffer body = body(32 + (name.length + 8) / 8 * 8).putInt(pid).putInt(pid);
    write(MMAP, 0, body.putLong(1).putLong(2).putLong(3).put(name));
  }

  void writeCgroup(long id, String path) {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    write(CGROUP, 0, body(8 + (name.length + 8) / 8 * 8).putLong(id).put(name));
  }

  /**
   * Writes a NAMESPACES record of the task 7 8.
   *
   * @param count the number of namespaces that the record claims to contain
   * @param entries the number that it contains
   */
  void writeNamespaces(long count, int entries) {
    ByteBuffer body = body(16 + entries * 16).putInt(7).putInt(8).putLong(count);
    for (int i = 0; i < entries; i++) {
      body.putLong(4).putLong(4_026_531_840L + i);
    }
    write(NAMESPACES, 0, body);
  }
}
