package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PerfRingTest {
  private final FakePerfRing fake = new FakePerfRing();
  private final TaskRecord record = new TaskRecord();
  private final TaskLog log = new TaskLog();

  @BeforeEach
  void listen() {
    record.setListener(log);
  }

  @Test
  void shouldBeEmptyOnceDrained() {
    fake.writeComm(1, 1, "first", 0);
    assertEquals(1, fake.drain(record));
    assertEquals(0, fake.drain(record));
  }

  @Test
  void shouldJoinRecordsThatWrapAround() {
    // 40 bytes each, so that a record is eventually split at each word.
    for (int i = 0; i < 200; i++) {
      fake.writeComm(i, i, "name" + i % 10, 0);
      fake.drain(record);
    }
    assertEquals(200, log.lines().size());
    for (int i = 0; i < 200; i++) {
      assertEquals("comm " + i + ' ' + i + " name" + i % 10, log.lines().get(i));
    }
    assertEquals(0, fake.ring().malformed());
  }

  @Test
  void shouldContinueWherePositionsTurnNegative() {
    fake.setHead(Long.MAX_VALUE - 39);
    fake.setTail(Long.MAX_VALUE - 39);
    fake.writeComm(1, 1, "first", 0);
    fake.setHead(Long.MAX_VALUE + 1);
    assertEquals(1, fake.drain(record));
    assertEquals(List.of("comm 1 1 first"), log.lines());
  }

  @Test
  void shouldSkipTheRestAfterAnImpossibleLength() {
    for (int length : new int[] {0, 4, 12, 48, 0xfff8}) {
      fake.write(
          FakePerfRing.body(40)
              .putInt(FakePerfRing.COMM)
              .putShort((short) 0)
              .putShort((short) length));
      assertEquals(0, fake.drain(record));
    }
    assertEquals(5, fake.ring().malformed());
    fake.writeComm(1, 1, "after", 0);
    assertEquals(1, fake.drain(record));
    assertEquals(List.of("comm 1 1 after"), log.lines());
  }

  @Test
  void shouldSkipARingWithImpossiblePositions() {
    for (long head : new long[] {4, FakePerfRing.DATA_BYTES + 8, -8, Long.MIN_VALUE}) {
      fake.setTail(0);
      fake.setHead(head);
      assertEquals(0, fake.drain(record));
    }
    assertEquals(4, fake.ring().malformed());
  }

  @Test
  void shouldNotRepeatARecordWhoseHandlerFailed() {
    fake.writeComm(1, 1, "bad", 0);
    fake.writeComm(2, 2, "good", 0);
    assertThrows(
        IllegalStateException.class,
        () ->
            fake.ring()
                .drain(
                    (buffer, offset, length) -> {
                      throw new IllegalStateException();
                    }));
    assertEquals(1, fake.drain(record));
    assertEquals(List.of("comm 2 2 good"), log.lines());
  }
}
