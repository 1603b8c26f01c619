package io.github.pidflow.metering;

import io.github.pidflow.flow.CaptureStatistics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns of packets the kernel dropped, at most once a minute. */
final class DropWatch {
  private static final Logger LOG = LoggerFactory.getLogger(DropWatch.class);
  private static final long PAUSE_NANOS = 60_000_000_000L;

  private long warnedOfDrops;
  private long warnedAtNanos;

  void update(CaptureStatistics statistics, long nowNanos) {
    long drops = statistics.drops();
    boolean silent = warnedOfDrops > 0 && nowNanos - warnedAtNanos < PAUSE_NANOS;
    if (drops > warnedOfDrops && !silent) {
      LOG.warn(
          "the kernel dropped {} packets, {} in all: their bytes are missing; raise"
              + " pidflow.capture.ring.block-count, or pidflow.capture.libpcap.buffer-size",
          drops - warnedOfDrops,
          drops);
      warnedOfDrops = drops;
      warnedAtNanos = nowNanos;
    }
  }
}
