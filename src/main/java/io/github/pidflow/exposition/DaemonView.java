package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.runtime.ReloadStatus;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The state of the daemon as the API and the page show it.
 *
 * @param traffic the current counters; reading them does not count as a scrape
 * @param capture the kernel's statistics of each capture socket
 * @param components whether each component of the daemon is up, by its name
 * @param samplingRatio the fraction of packets that is captured, 1 for all
 * @param ready whether the daemon is ready
 * @param notReadyReason why not; read only while the daemon is not ready
 * @param reload loads the settings again
 */
public record DaemonView(
    Supplier<TrafficSnapshot> traffic,
    Supplier<List<CaptureStatistics>> capture,
    Supplier<Map<String, Boolean>> components,
    DoubleSupplier samplingRatio,
    BooleanSupplier ready,
    Supplier<String> notReadyReason,
    Supplier<ReloadStatus> reload) {}
