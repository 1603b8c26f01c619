package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.attribution.AttributionTotals;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.DaemonCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** The meter of a host with many processes, and a thread that serves it as in the daemon. */
public final class MeterStandIn implements MeteringCommands {
  private static final int COMMS = 50;
  private static final long TURN_NANOS = 100_000;
  private static final AttributionTotals TOTALS = new AttributionTotals(0, 0, 0);

  private final CommandQueue queue = new CommandQueue(64, () -> {});
  private final MeteringProxy proxy =
      new MeteringProxy(queue, this, Duration.ofSeconds(5), () -> true);
  private final SnapshotRequests scrapes = new SnapshotRequests();
  private final TrafficMeter meter;

  public MeterStandIn(int processes, DaemonCounters counters) {
    meter =
        new TrafficMeter(
            new AccountingSettings(
                1000,
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                processes,
                1000,
                List.of(),
                Attribute.COMM),
            counters);
    List<ProcessInfo> live = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      live.add(
          new ProcessInfo(
              new ProcessId(100_000 + i, i),
              "worker-" + i % COMMS,
              "/usr/lib/product/bin/worker-" + i % COMMS,
              "www-data",
              "product@" + i % COMMS + ".service",
              "",
              "",
              1_790_000_000.25 + i));
    }
    long now = System.nanoTime();
    meter.retainLive(live, now);
    Random random = new Random(7);
    Segment segment = new Segment();
    for (ProcessInfo process : live) {
      for (Direction direction : Direction.values()) {
        segment.direction(direction);
        for (int packets = 1 + random.nextInt(50); packets > 0; packets--) {
          segment.bytes(1 + random.nextInt(65_535));
          segment.weight(1);
          meter.attributed(segment, process, now);
        }
      }
    }
    Thread thread = new Thread(this::answer, "metering");
    thread.setDaemon(true);
    thread.start();
  }

  private void answer() {
    while (true) {
      queue.drain(Integer.MAX_VALUE);
      scrapes.answer(() -> meter.scrape(TOTALS, System.nanoTime()));
      LockSupport.parkNanos(TURN_NANOS);
    }
  }

  public TrafficSnapshot request() {
    return proxy.scrape();
  }

  @Override
  public void onScrape(CompletableFuture<TrafficSnapshot> answer) {
    scrapes.add(answer);
  }

  @Override
  public void onSnapshot(CompletableFuture<TrafficSnapshot> answer) {
    throw new UnsupportedOperationException("only scrapes are measured");
  }

  @Override
  public void onApply(AccountingSettings settings) {
    throw new UnsupportedOperationException("only scrapes are measured");
  }
}
