package io.github.pidflow.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.accounting.Samples;
import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.attribution.ParkedFlows.Outcome;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.Networks;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockettable.SocketTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AttributionTest {
  private static final SocketKey A = Samples.connection(1001);
  private static final SocketKey B = Samples.connection(1002);
  private static final SocketKey C = Samples.connection(1003);
  private static final ProcessInfo CURL = Samples.process(10, 1, "curl");
  private static final long MILLI = 1_000_000;

  /** The clock may have any value: these tests cross its overflow. */
  private static final long START = Long.MAX_VALUE - Samples.SECOND;

  private final TrafficMeter meter =
      new TrafficMeter(Samples.settings(2, 10, 10), new DaemonCounters());
  private final DaemonCounters counters = new DaemonCounters();
  private final CounterBatch batch = new CounterBatch(counters);
  private final List<Miss> misses = new ArrayList<>();
  private final Attribution attribution =
      new Attribution(Samples.settings(2, 10, 10), new Networks(), meter, misses::add, batch);

  @Test
  void shouldSumEachFiveTupleAndAttributeItAsAWhole() {
    assertEquals(Outcome.NEW, park(A, Direction.TX, 60, 0));
    assertEquals(Outcome.KNOWN, park(A, Direction.RX, 1500, 1));
    assertEquals(Outcome.NEW, park(B, Direction.RX, 9, 1));
    assertEquals(Outcome.KNOWN, park(A, Direction.TX, 40, 2));
    assertEquals(1609, snapshot().parkedBytes());
    assertEquals(2, snapshot().parkedFlows());

    settle(SocketTable.of(Map.of(A, CURL)), 3);

    TrafficSnapshot snapshot = snapshot();
    assertEquals(
        List.of(new ProcessTraffic(CURL, new Traffic(1500, 1, 100, 2))), snapshot.processes());
    assertEquals(9, snapshot.parkedBytes());
    assertEquals(1, snapshot.parkedFlows());
    assertEquals(1, counted(DaemonCounter.PARKED_RESOLVED));
  }

  @Test
  void shouldRepeatLookupsWithIncreasingDelays() {
    park(A, Direction.TX, 60, 0);

    List<Integer> asked = new ArrayList<>();
    for (int milli = 0; milli < 5000; milli += 10) {
      settle(SocketTable.EMPTY, milli);
      if (!misses.isEmpty()) {
        assertEquals(List.of(new Miss(A, 7, 0, true)), misses);
        misses.clear();
        asked.add(milli);
      }
    }

    assertEquals(List.of(50, 200, 800, 3200), asked);
  }

  @Test
  void shouldLookUpReceivedPacketsBySocketToo() {
    park(A, Direction.RX, 60, 0);

    settle(SocketTable.EMPTY, 60);

    assertEquals(List.of(new Miss(A, 7)), misses);
  }

  @Test
  void shouldGiveUpExactlyAtTheMaximumAge() {
    park(A, Direction.TX, 60, 0);
    park(A, Direction.RX, 5, 4999);

    settle(SocketTable.EMPTY, 4999);
    assertEquals(65, snapshot().parkedBytes());
    settle(SocketTable.EMPTY, 5000);

    assertEquals(0, snapshot().parkedBytes());
    assertEquals(
        new UnattributedTraffic(UnattributedReason.NO_SOCKET, 5, 60),
        unattributed(UnattributedReason.NO_SOCKET));
    assertEquals(1, counted(DaemonCounter.PARKED_EXPIRED));
    assertEquals(0, counted(DaemonCounter.PARKED_RESOLVED));
  }

  @Test
  void shouldAttributeUnacceptedConnectionsToTheListener() {
    SocketTable table = SocketTable.of(Map.of(Samples.listener(Protocol.TCP, 1001), CURL));
    park(A, Direction.RX, 60, 0);

    settle(table, 4999);
    assertEquals(List.of(), snapshot().processes());
    settle(table, 5000);

    assertEquals(new Traffic(60, 1, 0, 0), snapshot().processes().get(0).traffic());
  }

  @Test
  void shouldLetTheOldestGiveWayWhenFull() {
    park(A, Direction.TX, 1, 0);
    park(B, Direction.TX, 2, 0);

    assertEquals(Outcome.NEW, park(C, Direction.TX, 4, 0));
    assertEquals(Outcome.KNOWN, park(B, Direction.TX, 8, 0));
    assertEquals(1, counted(DaemonCounter.PARKED_OVERFLOWS));
    assertEquals(14, snapshot().parkedBytes());
    assertEquals(15, snapshot().capturedBytes());
    assertEquals(
        new UnattributedTraffic(UnattributedReason.PARKED_OVERFLOW, 0, 1),
        unattributed(UnattributedReason.PARKED_OVERFLOW));
  }

  @Test
  void shouldRefuseAStrangersFlowIfAllOthersWereBegunHere() {
    park(A, Direction.TX, 1, 0);
    park(B, Direction.TX, 2, 0);

    assertEquals(Outcome.FULL, park(C, Direction.RX, 4, 0));
    assertEquals(3, snapshot().parkedBytes());
    assertEquals(
        new UnattributedTraffic(UnattributedReason.PARKED_OVERFLOW, 4, 0),
        unattributed(UnattributedReason.PARKED_OVERFLOW));
  }

  @Test
  void shouldLetAStrangersFlowGiveWayFirstAsOneWithoutASocket() {
    park(A, Direction.TX, 1, 0);
    park(B, Direction.RX, 2, 1);

    assertEquals(Outcome.NEW, park(C, Direction.TX, 4, 100));
    assertEquals(5, snapshot().parkedBytes());
    assertEquals(
        new UnattributedTraffic(UnattributedReason.NO_SOCKET, 2, 0),
        unattributed(UnattributedReason.NO_SOCKET));
  }

  @Test
  void shouldStartFromZeroWhenASlotIsReused() {
    park(A, Direction.TX, 60, 0);
    settle(SocketTable.of(Map.of(A, CURL)), 1);
    park(B, Direction.RX, 7, 4000);

    settle(SocketTable.EMPTY, 4049);
    assertEquals(List.of(), misses);
    settle(SocketTable.EMPTY, 8999);
    assertEquals(7, snapshot().parkedBytes());
    settle(SocketTable.EMPTY, 9000);

    assertEquals(
        new UnattributedTraffic(UnattributedReason.NO_SOCKET, 7, 0),
        unattributed(UnattributedReason.NO_SOCKET));
  }

  @Test
  void shouldSettleEverythingAtTheEnd() {
    park(A, Direction.TX, 60, 0);
    park(B, Direction.RX, 7, 0);

    attribution.replaceTable(SocketTable.of(Map.of(B, CURL)));
    attribution.settleAll();

    TrafficSnapshot snapshot = snapshot();
    assertEquals(0, snapshot.parkedBytes());
    assertEquals(0, snapshot.parkedFlows());
    assertEquals(new Traffic(7, 1, 0, 0), snapshot.processes().get(0).traffic());
    assertEquals(
        new UnattributedTraffic(UnattributedReason.NO_SOCKET, 0, 60),
        unattributed(UnattributedReason.NO_SOCKET));
  }

  private Outcome park(SocketKey key, Direction direction, int bytes, int milli) {
    int missesBefore = misses.size();
    long overflowsBefore = counted(DaemonCounter.PARKED_OVERFLOWS);
    attribution.advanceTo(START + milli * MILLI);
    attribution.attribute(Samples.segment(key, direction, bytes));
    if (misses.size() > missesBefore) {
      Miss miss = misses.remove(missesBefore);
      assertEquals(new Miss(key, 7, 0, direction == Direction.TX), miss);
      return Outcome.NEW;
    }
    return counted(DaemonCounter.PARKED_OVERFLOWS) > overflowsBefore ? Outcome.FULL : Outcome.KNOWN;
  }

  private void settle(SocketTable table, int milli) {
    attribution.advanceTo(START + milli * MILLI);
    attribution.replaceTable(table);
    attribution.settle();
  }

  private TrafficSnapshot snapshot() {
    return meter.snapshot(attribution.totals());
  }

  private long counted(DaemonCounter counter) {
    batch.publish();
    return counters.value(counter);
  }

  private UnattributedTraffic unattributed(UnattributedReason reason) {
    return snapshot().unattributed().get(reason.ordinal());
  }
}
