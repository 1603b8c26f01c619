package io.github.pidflow.exposition;

import java.util.function.IntSupplier;

/** The number of running recordings. What they write is among the daemon's counters. */
public final class RecordingsFamilies implements MetricFamilies {
  private static final MetricFamily RUNNING =
      MetricFamily.gauge("pidflow_recordings_running", "Recordings that are running.");

  private final IntSupplier running;

  public RecordingsFamilies(IntSupplier running) {
    this.running = running;
  }

  @Override
  public void writeTo(MetricWriter writer) {
    writer.begin(RUNNING);
    writer.value((double) running.getAsInt());
  }
}
