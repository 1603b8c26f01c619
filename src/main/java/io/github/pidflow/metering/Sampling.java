package io.github.pidflow.metering;

import io.github.pidflow.capture.CaptureGroup;
import io.github.pidflow.config.SamplingSettings;
import io.github.pidflow.flow.CaptureStatistics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Samples packets when there are more than the metering thread can take. For that thread, except
 * the ratio.
 */
final class Sampling {
  private static final Logger LOG = LoggerFactory.getLogger(Sampling.class);

  /** A load measured over less time means nothing. */
  private static final long MIN_NANOS = 500_000_000;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final SamplingSettings settings;
  private final SamplingControl control;
  private long lastNanos;
  private long lastCpuNanos;
  private long lastPackets;
  private long lastDrops;
  private volatile int oneIn = 1;

  Sampling(SamplingSettings settings) {
    this.settings = settings;
    control = new SamplingControl(settings.maxCpuCores());
  }

  /** The share of packets that is counted: 1 for all, 0.1 for one in 10. For any thread. */
  double ratio() {
    return 1.0 / oneIn;
  }

  /** Applies a fixed ratio; called before the first packet is read. */
  void start(CaptureGroup group, long nowNanos) throws IOException {
    lastNanos = nowNanos;
    lastCpuNanos = threads.getCurrentThreadCpuTime();
    if (settings.oneIn().isPresent()) {
      apply(group, settings.oneIn().getAsInt(), "as set by pidflow.sampling.ratio");
    }
  }

  /** Adapts the ratio to the load since the last update. */
  void update(CaptureGroup group, CaptureStatistics statistics, long nowNanos) throws IOException {
    if (nowNanos - lastNanos < MIN_NANOS) {
      return;
    }
    long cpuNanos = threads.getCurrentThreadCpuTime();
    long packets = statistics.packets();
    long drops = statistics.drops();
    if (settings.oneIn().isEmpty()) {
      double cores = (double) (cpuNanos - lastCpuNanos) / (nowNanos - lastNanos);
      int wanted = control.update(oneIn, cores, packets - lastPackets, drops - lastDrops);
      apply(group, wanted, control.cause());
    }
    lastNanos = nowNanos;
    lastCpuNanos = cpuNanos;
    lastPackets = packets;
    lastDrops = drops;
  }

  private void apply(CaptureGroup group, int wanted, String cause) throws IOException {
    if (wanted == oneIn) {
      return;
    }
    group.sampleOneIn(wanted);
    oneIn = wanted;
    if (wanted == 1) {
      LOG.info("counting every packet again: {}", cause);
    } else {
      LOG.warn("counting one packet in {}, {} times each: {}", wanted, wanted, cause);
    }
  }
}
