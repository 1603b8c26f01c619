package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A ring whose kernel is this test. */
@Timeout(20)
class PerfRingTest implements TaskEvents.Listener {
  private static final int PAGE = 4096;
  private static final int DATA = 512;
  private static final long TIME = 1_700_000_000_123_456_789L;

  private static final int LOST = 2;
  private static final int COMM = 3;
  private static final int EXIT = 4;
  private static final int FORK = 7;
  private static final int NAMESPACES = 16;

  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(PAGE + DATA).order(ByteOrder.nativeOrder());
  private final PerfRing ring = new PerfRing(memory, PAGE);
  private final TaskRecord record = new TaskRecord();
  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void listen() {
    record.setListener(this);
  }

  @Override
  public void onFork(int parentPid, int pid, long timeNanos) {
    tell("fork " + parentPid + ' ' + pid, timeNanos);
  }

  @Override
  public void onExit(int pid, long timeNanos) {
    tell("exit " + pid, timeNanos);
  }

  @Override
  public void onComm(int pid, int tid, String comm, boolean exec, long timeNanos) {
    tell((exec ? "exec " : "comm ") + pid + ' ' + tid + ' ' + comm, timeNanos);
  }

  @Override
  public void onNamespaces(int pid, int tid, long netInode, long timeNanos) {
    tell("net " + pid + ' ' + tid + ' ' + netInode, timeNanos);
  }

  private void tell(String what, long timeNanos) {
    assertEquals(TIME, timeNanos, what);
    told.add(what);
  }

  /** Writes a record as the kernel does, a byte after the other, over the end if need be. */
  private void write(int type, int misc, ByteBuffer body) {
    int length = PerfRing.HEADER_BYTES + body.capacity() + 16;
    ByteBuffer whole = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    whole.putInt(type).putShort((short) misc).putShort((short) length);
    whole.put(body.rewind()).putInt(1).putInt(1).putLong(TIME);
    write(whole);
  }

  private void write(ByteBuffer whole) {
    long head = memory.getLong(PerfRing.DATA_HEAD);
    for (int i = 0; i < whole.capacity(); i++) {
      memory.put(PAGE + (int) ((head + i) % DATA), whole.get(i));
    }
    memory.putLong(PerfRing.DATA_HEAD, head + whole.capacity());
  }

  private static ByteBuffer body(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }

  private void task(int type, int pid, int parentPid, int tid) {
    write(type, 0, body(24).putInt(pid).putInt(parentPid).putInt(tid).putInt(1).putLong(0));
  }

  private void comm(int pid, int tid, String comm, int misc) {
    byte[] name = comm.getBytes(StandardCharsets.UTF_8);
    write(COMM, misc, body(8 + (name.length + 8) / 8 * 8).putInt(pid).putInt(tid).put(name));
  }

  private void namespaces(long count, int entries) {
    ByteBuffer body = body(16 + entries * 16).putInt(7).putInt(8).putLong(count);
    for (int i = 0; i < entries; i++) {
      body.putLong(4).putLong(4_026_531_840L + i);
    }
    write(NAMESPACES, 0, body);
  }

  private int drain() {
    int records = ring.drain(record);
    assertEquals(
        memory.getLong(PerfRing.DATA_HEAD), memory.getLong(PerfRing.DATA_TAIL), "given back");
    return records;
  }

  @Test
  void shouldTellOfProcessesAndNotOfThreads() {
    task(FORK, 20, 10, 20);
    task(FORK, 20, 20, 21);
    task(EXIT, 20, 20, 21);
    task(EXIT, 20, 10, 20);

    assertEquals(4, drain());
    assertEquals(List.of("fork 10 20", "exit 20"), told);
    assertEquals(0, drain());
  }

  @Test
  void shouldTellOfNames() {
    comm(5, 5, "0123456789abcde", 1 << 13);
    comm(5, 6, "worker", 0);
    comm(5, 5, "", 0);
    drain();
    assertEquals(List.of("exec 5 5 0123456789abcde", "comm 5 6 worker", "comm 5 5 "), told);
  }

  @Test
  void shouldTellTheNetworkNamespace() {
    namespaces(7, 7);
    drain();
    assertEquals(List.of("net 7 8 4026531840"), told);
  }

  @Test
  void shouldJoinRecordsThatRunOverTheEnd() {
    // 40 bytes each, so that in time a record is cut at every word.
    for (int i = 0; i < 200; i++) {
      comm(i, i, "name" + i % 10, 0);
      drain();
    }
    assertEquals(200, told.size());
    for (int i = 0; i < 200; i++) {
      assertEquals("comm " + i + ' ' + i + " name" + i % 10, told.get(i));
    }
    assertEquals(0, ring.malformed());
  }

  @Test
  void shouldGoOnWherePlacesTurnNegative() {
    memory.putLong(PerfRing.DATA_HEAD, Long.MAX_VALUE - 39);
    memory.putLong(PerfRing.DATA_TAIL, Long.MAX_VALUE - 39);
    comm(1, 1, "first", 0);
    memory.putLong(PerfRing.DATA_HEAD, Long.MAX_VALUE + 1);
    assertEquals(1, drain());
    assertEquals(List.of("comm 1 1 first"), told);
  }

  @Test
  void shouldCountWhatWasLost() {
    write(LOST, 0, body(16).putLong(99).putLong(12));
    write(LOST, 0, body(16).putLong(99).putLong(3));
    drain();
    assertEquals(15, record.lost());
  }

  @Test
  void shouldPassOverRecordsTooShortForTheirKind() {
    for (int type : new int[] {LOST, COMM, EXIT, FORK, NAMESPACES}) {
      write(type, 0, body(0));
      write(ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putInt(type).putInt(8 << 16));
    }
    comm(1, 1, "after", 0);

    assertEquals(11, drain());
    assertEquals(List.of("comm 1 1 after"), told);
    assertEquals(10, record.malformed());
    assertEquals(0, ring.malformed());
  }

  @Test
  void shouldPassOverNamespacesThatAreFewerThanTheySay() {
    namespaces(8, 7);
    namespaces(0, 0);
    namespaces(-1, 3);
    namespaces(Long.MAX_VALUE, 3);
    drain();
    assertEquals(List.of(), told);
    assertEquals(4, record.malformed());
  }

  @Test
  void shouldPassOverRecordsItDoesNotKnow() {
    write(1, 0, body(64));
    drain();
    assertEquals(0, record.malformed());
  }

  @Test
  void shouldGiveTheRestUpAfterALengthThatLies() {
    for (int length : new int[] {0, 4, 12, 48, 0xfff8}) {
      ByteBuffer lying = body(40).putInt(COMM).putShort((short) 0).putShort((short) length);
      write(lying);
      assertEquals(0, drain());
    }
    assertEquals(5, ring.malformed());
    comm(1, 1, "after", 0);
    assertEquals(1, drain());
    assertEquals(List.of("comm 1 1 after"), told);
  }

  @Test
  void shouldGiveUpARingWhosePlacesCannotBe() {
    for (long head : new long[] {4, DATA + 8, -8, Long.MIN_VALUE}) {
      memory.putLong(PerfRing.DATA_TAIL, 0);
      memory.putLong(PerfRing.DATA_HEAD, head);
      assertEquals(0, drain());
    }
    assertEquals(4, ring.malformed());
  }

  @Test
  void shouldNotHandOverAgainWhatItsHandlerFailedOn() {
    comm(1, 1, "bad", 0);
    comm(2, 2, "good", 0);
    assertThrows(
        IllegalStateException.class,
        () ->
            ring.drain(
                (buffer, offset, length) -> {
                  throw new IllegalStateException();
                }));
    assertEquals(1, drain());
    assertEquals(List.of("comm 2 2 good"), told);
  }
}
