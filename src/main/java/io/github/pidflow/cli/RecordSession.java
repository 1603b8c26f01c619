package io.github.pidflow.cli;

import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.SamplingSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.metering.Engine;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

/** The engine for one recording in the foreground: it captures whole packets and never samples. */
final class RecordSession implements AutoCloseable {
  private static final Duration SCAN_LIMIT = Duration.ofSeconds(30);
  private static final int SCAN_POLL_MILLIS = 10;
  private static final int RING_BYTES = 64 << 20;
  private static final SamplingSettings EVERY_PACKET = new SamplingSettings(OptionalInt.of(1), 1);

  private final Engine engine;

  /**
   * @param snapLength how many bytes of a packet are wanted
   */
  RecordSession(Settings settings, int snapLength) throws IOException {
    DaemonCounters counters = new DaemonCounters();
    engine =
        new Engine(
            new Engine.Context(
                settings,
                forWholePackets(settings.capture(), snapLength),
                EVERY_PACKET,
                1,
                false,
                SCAN_LIMIT,
                counters,
                new DistinctErrors(counters)));
  }

  /** Whole packets take more room than their headers. */
  private static CaptureSettings forWholePackets(CaptureSettings settings, int snapLength) {
    CaptureSettings.Ring ring = settings.ring();
    int blocks = Math.max(ring.blockCount(), RING_BYTES / ring.blockSizeBytes());
    return settings
        .withSnapLength(Math.max(settings.snapLength(), snapLength))
        .withRing(
            new CaptureSettings.Ring(
                ring.blockSizeBytes(), blocks, ring.retireTimeout(), ring.fanout()));
  }

  /** Starts to capture, and returns once the first scan has found the owners of open sockets. */
  void start() throws Exception {
    engine.start();
    long deadline = System.nanoTime() + SCAN_LIMIT.toNanos();
    while (!engine.hasScanned() && System.nanoTime() - deadline < 0 && !engine.isDead()) {
      Thread.sleep(SCAN_POLL_MILLIS);
    }
    if (engine.isDead()) {
      throw new IOException("stopped because a thread died: " + engine.awaitDeath());
    }
  }

  Recordings recordings() {
    return engine.recordings();
  }

  @Override
  public void close() {
    engine.stop();
    engine.close();
  }
}
