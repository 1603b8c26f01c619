package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.attribution.Attribution;
import io.github.pidflow.capture.MemoryRing;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes made-up packets the way of real ones, into counters nobody sees, until the JIT compiler has
 * been over the code. An interpreted packet takes 2 us, so a burst right after a start would fill
 * the ring, and what is compiled during a flood is compiled on the flood's time.
 */
public final class WarmUp implements Runnable {
  private static final int PACKETS = 200_000;

  /**
   * Between pauses, in which the compiler does what it was asked for, so that less is interpreted.
   */
  private static final int BURST = 5_000;

  private static final long PAUSE_NANOS = 10_000_000;

  /** Less than there are, so that reading ends in both ways it can. */
  private static final int READ_LIMIT = 32;

  private final AccountingSettings settings;

  public WarmUp(AccountingSettings settings) {
    this.settings = settings;
  }

  @Override
  public void run() {
    count();
  }

  /** What was counted, which is of use to a test only. */
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
        // So that now and then no SYN waits for its owner.
        attribution.settleAll();
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      // Another each time, so that owners are looked up and not remembered.
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
