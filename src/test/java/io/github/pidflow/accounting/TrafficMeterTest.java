package io.github.pidflow.accounting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.host.Networks;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockettable.SocketTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conservation, checked after every step of random histories. */
@Timeout(60)
class TrafficMeterTest {
  private static final int HISTORIES = 60;
  private static final int STEPS = 400;
  private static final int PARKED = 4;
  private static final String[] COMMS = {"nginx", "curl", "sshd", "bash", "other"};

  private Random random;
  private TrafficMeter meter;
  private Attribution attribution;
  private DaemonCounters counters;
  private CounterBatch batch;
  private ReferenceMeter reference;
  private SocketTable table;
  private List<ProcessInfo> live;
  private long now;

  @ParameterizedTest
  @ValueSource(ints = {1, 3, SnapshotLaws.NO_LIMIT})
  void shouldConserveEveryByte(int limit) {
    int shared = 0;
    int kept = 0;
    for (int seed = 0; seed < HISTORIES; seed++) {
      start(seed, limit);
      SnapshotLaws laws = new SnapshotLaws(limit);
      for (int step = 0; step < STEPS; step++) {
        step();
        laws.check(
            meter.scrape(attribution.totals(), now),
            reference,
            live,
            "seed " + seed + ", step " + step);
      }
      shared += laws.sharing();
      kept += laws.kept();
    }
    assertTrue(limit == SnapshotLaws.NO_LIMIT ? kept > 0 : shared > 0, "histories too tame");
  }

  private void start(int seed, int limit) {
    random = new Random(seed);
    AccountingSettings settings = Samples.settings(PARKED, limit, limit);
    counters = new DaemonCounters();
    meter = new TrafficMeter(settings, new DaemonCounters());
    batch = new CounterBatch(counters);
    attribution = new Attribution(settings, new Networks(), meter, miss -> {}, batch);
    reference = new ReferenceMeter(PARKED);
    table = SocketTable.EMPTY;
    live = List.of();
    now = random.nextLong();
    attribution.advanceTo(now);
  }

  private void step() {
    now += random.nextLong(Samples.SECOND);
    attribution.advanceTo(now);
    switch (random.nextInt(20)) {
      case 0 -> changeTable();
      case 1 -> changeLive();
      case 2, 3 -> settle(false);
      case 4 -> settle(random.nextInt(10) == 0);
      case 5 -> {
        Segment segment = segment();
        attribution.forward(segment);
        reference.forwarded(segment.countedBytes());
      }
      case 6 -> {
        Segment segment = segment();
        UnattributedReason[] reasons = UnattributedReason.values();
        unattributed(segment, reasons[random.nextInt(reasons.length)]);
      }
      default -> count(segment());
    }
  }

  private void count(Segment segment) {
    long overflows = overflows();
    attribution.attribute(segment);
    if (table.find(segment) != null) {
      reference.attributed(segment.direction(), segment.countedBytes());
      return;
    }
    boolean full = reference.isFullFor(segment);
    boolean room = reference.park(table, segment, now);
    assertEquals(full, overflows() > overflows);
    if (!room && table.giveUp(segment).process() != null) {
      reference.attributed(segment.direction(), segment.countedBytes());
    } else if (!room) {
      reference.unattributed(UnattributedReason.PARKED_OVERFLOW, segment.countedBytes());
    }
  }

  private long overflows() {
    batch.publish();
    return counters.value(DaemonCounter.PARKED_OVERFLOWS);
  }

  private void unattributed(Segment segment, UnattributedReason reason) {
    attribution.reject(segment, reason);
    reference.unattributed(reason, segment.countedBytes());
  }

  private void settle(boolean finally_) {
    reference.settle(table, now, finally_);
    if (finally_) {
      attribution.settleAll();
    } else {
      attribution.settle();
    }
  }

  /** Owners are live processes or, for lingering sockets, ended ones too. */
  private void changeTable() {
    Map<SocketKey, ProcessInfo> sockets = new HashMap<>();
    for (int i = random.nextInt(10); i > 0; i--) {
      boolean old = live.isEmpty() || random.nextInt(3) == 0;
      sockets.put(key(), old ? process() : live.get(random.nextInt(live.size())));
    }
    table = SocketTable.of(sockets);
    attribution.replaceTable(table);
  }

  private void changeLive() {
    Map<Integer, ProcessInfo> byPid = new HashMap<>();
    live.forEach(process -> byPid.put(process.pid(), process));
    for (int i = random.nextInt(4); i > 0; i--) {
      ProcessInfo process = process();
      byPid.put(process.pid(), process);
    }
    byPid.values().removeIf(process -> random.nextInt(4) == 0);
    live = List.copyOf(byPid.values());
    meter.retainLive(live, now);
  }

  private ProcessInfo process() {
    String comm = COMMS[random.nextInt(COMMS.length)];
    String exe = random.nextBoolean() ? "/bin/" + comm : "/bin/" + comm + " (deleted)";
    return Samples.process(1 + random.nextInt(4), random.nextInt(2), comm, exe);
  }

  private SocketKey key() {
    int port = 1000 + random.nextInt(4);
    return switch (random.nextInt(4)) {
      case 0 -> Samples.listener(Protocol.TCP, port);
      case 1 -> Samples.listener(Protocol.UDP, port);
      default -> Samples.connection(port);
    };
  }

  private Segment segment() {
    SocketKey key = Samples.connection(1000 + random.nextInt(8));
    int protocol = random.nextInt(3) == 0 ? Protocol.UDP : Protocol.TCP;
    Direction direction = random.nextBoolean() ? Direction.TX : Direction.RX;
    Segment segment = Samples.segment(key, direction, random.nextInt(65_536));
    segment.protocol(protocol);
    segment.weight(random.nextInt(4) == 0 ? 1 << random.nextInt(11) : 1);
    return segment;
  }
}
