package io.github.pidflow.exposition;

import io.github.pidflow.runtime.ReloadStatus;
import java.util.function.Supplier;

/** The outcome of the last reload of the settings, in families named like Prometheus' own. */
public final class ReloadFamilies implements MetricFamilies {
  private static final MetricFamily SUCCESSFUL =
      MetricFamily.gauge(
          "pidflow_config_last_reload_successful",
          "Whether the last attempt to load the settings succeeded: 1 or 0.");
  private static final MetricFamily SUCCESS_TIME =
      MetricFamily.gauge(
          "pidflow_config_last_reload_success_timestamp_seconds",
          "Time of the last successful load of the settings.");

  private final Supplier<ReloadStatus> status;

  public ReloadFamilies(Supplier<ReloadStatus> status) {
    this.status = status;
  }

  @Override
  public void writeTo(MetricWriter writer) {
    ReloadStatus last = status.get();
    writer.begin(SUCCESSFUL);
    writer.value(last.successful() ? 1.0 : 0.0);
    writer.begin(SUCCESS_TIME);
    writer.value(last.lastSuccess().toEpochMilli() / 1000.0);
  }
}
