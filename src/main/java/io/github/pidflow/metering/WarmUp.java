package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.capture.MemoryRing;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends made-up packets through a pipeline of its own until the JIT compiler has compiled the code.
 * An interpreted packet takes 2 us, so a burst right after the start would overflow the ring, and
 * compiling during a flood takes CPU from it.
 */
public final class WarmUp implements Runnable {
  private static final int PACKETS = 200_000;

  /** Packets between two pauses, in which the compiler catches up. */
  private static final int BURST = 5_000;

  private static final long PAUSE_NANOS = 10_000_000;

  /** Less than a ring holds, so that reading ends both at the limit and at the end of the ring. */
  private static final int READ_LIMIT = 32;

  private final AccountingSettings settings;

  public WarmUp(AccountingSettings settings) {
    this.settings = settings;
  }

  @Override
  public void run() {
    count();
  }

  /** Answers what was counted, for a test. */
  TrafficSnapshot count() {
    DaemonCounters counters = new DaemonCounters();
    TrafficMeter meter = new TrafficMeter(settings, counters);
    PacketPipeline pipeline = new PacketPipeline(settings, meter, miss -> {}, counters);
    Attribution attribution = pipeline.attribution();
    WarmUpTraffic traffic = new WarmUpTraffic();
    for (int namespace = 0; namespace < traffic.rings().size(); namespace++) {
      pipeline.putNetwork(namespace, traffic.network());
    }
    int packets = 0;
    int pause = BURST;
    int turn = 0;
    while (packets < PACKETS) {
      if (packets >= pause) {
        pause += BURST;
        // So that the code also runs with no SYN parked.
        attribution.settleAll();
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      // A different one each time, so that owners are looked up and not taken from the cache.
      attribution.replaceTable(traffic.tables().get(turn++ % traffic.tables().size()));
      for (MemoryRing ring : traffic.rings()) {
        packets += ring.read(pipeline, READ_LIMIT);
      }
      attribution.advanceTo(System.nanoTime());
      pipeline.publishCounters();
    }
    return meter.snapshot(attribution.totals());
  }
}
