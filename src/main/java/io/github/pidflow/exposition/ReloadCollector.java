package io.github.pidflow.exposition;

import io.github.pidflow.runtime.ReloadStatus;
import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;

/** How the last reading of the settings went, in the families Prometheus has for its own. */
public final class ReloadCollector extends Collector {
  private final Supplier<ReloadStatus> status;

  public ReloadCollector(Supplier<ReloadStatus> status) {
    this.status = status;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    ReloadStatus last = status.get();
    return List.of(
        Family.gauge(
                "pidflow_config_last_reload_successful",
                "Whether the settings were without a mistake when they were last read: 1 or 0.")
            .sample(last.successful() ? 1 : 0)
            .samples(),
        Family.gauge(
                "pidflow_config_last_reload_success_timestamp_seconds",
                "When the settings were last read without a mistake.")
            .sample(last.lastSuccess().toEpochMilli() / 1000.0, List.of())
            .samples());
  }
}
