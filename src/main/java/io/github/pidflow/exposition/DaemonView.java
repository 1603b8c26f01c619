package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.flow.CaptureStatistics;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * What the API and the page may look at in the daemon.
 *
 * @param traffic the counters now, looked at without it counting as a scrape
 * @param capture what the kernel says of each capture socket
 * @param components whether each part of the daemon is up, by its role name
 * @param samplingRatio the part of the packets that is counted, for all of them: 1 is all
 */
public record DaemonView(
    Supplier<TrafficSnapshot> traffic,
    Supplier<List<CaptureStatistics>> capture,
    Supplier<Map<String, Boolean>> components,
    DoubleSupplier samplingRatio) {}
