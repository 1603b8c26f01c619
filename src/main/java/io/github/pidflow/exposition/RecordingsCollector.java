package io.github.pidflow.exposition;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.IntSupplier;

/** How many recordings run; what they write is counted as all the daemon counts. */
public final class RecordingsCollector extends Collector {
  private final IntSupplier running;

  public RecordingsCollector(IntSupplier running) {
    this.running = running;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        Family.gauge("pidflow_recordings_running", "Recordings that packets are written to now.")
            .sample(running.getAsInt())
            .samples());
  }
}
