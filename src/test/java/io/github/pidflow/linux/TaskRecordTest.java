package io.github.pidflow.linux;

import static io.github.pidflow.linux.FakePerfRing.body;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TaskRecordTest {
  private final FakePerfRing fake = new FakePerfRing();
  private final TaskRecord record = new TaskRecord();
  private final TaskLog log = new TaskLog();

  @BeforeEach
  void listen() {
    record.setListener(log);
  }

  @AfterEach
  void shouldHaveReportedTheTimeOfEachRecord() {
    assertEquals(
        Collections.nCopies(log.lines().size(), FakePerfRing.TIME_NANOS), log.timesNanos());
  }

  @Test
  void shouldReportProcessesButNotThreads() {
    fake.writeTask(FakePerfRing.FORK, 20, 10, 20);
    fake.writeTask(FakePerfRing.FORK, 20, 20, 21);
    fake.writeTask(FakePerfRing.EXIT, 20, 20, 21);
    fake.writeTask(FakePerfRing.EXIT, 20, 10, 20);

    assertEquals(4, fake.drain(record));
    assertEquals(List.of("fork 10 20", "exit 20"), log.lines());
  }

  @Test
  void shouldReportNames() {
    fake.writeComm(5, 5, "0123456789abcde", 1 << 13);
    fake.writeComm(5, 6, "worker", 0);
    fake.writeComm(5, 5, "", 0);
    fake.drain(record);
    assertEquals(List.of("exec 5 5 0123456789abcde", "comm 5 6 worker", "comm 5 5 "), log.lines());
  }

  @Test
  void shouldReportTheNetworkNamespace() {
    fake.writeNamespaces(7, 7);
    fake.drain(record);
    assertEquals(List.of("net 7 8 4026531840"), log.lines());
  }

  @Test
  void shouldReportTheFilesThatAreMappedToBeExecuted() {
    fake.writeMapping(5, "/usr/bin/curl");
    fake.writeMapping(5, "[vdso]");
    fake.writeMapping(5, "//anon");
    fake.drain(record);
    assertEquals(List.of("map 5 /usr/bin/curl"), log.lines());
    assertEquals(0, record.malformed());
  }

  @Test
  void shouldReportNewCgroups() {
    fake.writeCgroup(17, "/docker/abc");
    fake.drain(record);
    assertEquals(List.of("cgroup 17 /docker/abc"), log.lines());
  }

  @Test
  void shouldCountLostRecords() {
    fake.write(FakePerfRing.LOST, 0, body(16).putLong(99).putLong(12));
    fake.write(FakePerfRing.LOST, 0, body(16).putLong(99).putLong(3));
    fake.drain(record);
    assertEquals(15, record.lost());
  }

  @Test
  void shouldSkipRecordsThatAreTooShortForTheirType() {
    for (int type :
        new int[] {
          FakePerfRing.LOST,
          FakePerfRing.COMM,
          FakePerfRing.EXIT,
          FakePerfRing.FORK,
          FakePerfRing.NAMESPACES,
          FakePerfRing.MMAP,
          FakePerfRing.CGROUP
        }) {
      fake.write(type, 0, body(0));
      fake.write(
          ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putInt(type).putInt(8 << 16));
    }
    fake.writeComm(1, 1, "after", 0);

    assertEquals(15, fake.drain(record));
    assertEquals(List.of("comm 1 1 after"), log.lines());
    assertEquals(14, record.malformed());
    assertEquals(0, fake.ring().malformed());
  }

  @Test
  void shouldSkipRecordsWithFewerNamespacesThanTheyClaim() {
    fake.writeNamespaces(8, 7);
    fake.writeNamespaces(0, 0);
    fake.writeNamespaces(-1, 3);
    fake.writeNamespaces(Long.MAX_VALUE, 3);
    fake.drain(record);
    assertEquals(List.of(), log.lines());
    assertEquals(4, record.malformed());
  }

  @Test
  void shouldIgnoreRecordsOfOtherTypes() {
    fake.write(9, 0, body(64));
    fake.drain(record);
    assertEquals(0, record.malformed());
  }
}
