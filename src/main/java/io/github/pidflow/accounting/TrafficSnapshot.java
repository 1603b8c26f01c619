package io.github.pidflow.accounting;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import java.util.List;

/**
 * Every traffic counter at one instant between two packets, so the conservation law holds within
 * it: captured = attributed + unattributed + parked + forwarded.
 *
 * @param processes live processes that own or owned a socket, and ended ones still kept
 * @param groups every group there ever was; their sums are what was ever attributed
 * @param unattributed one entry a reason, those with nothing to count included
 */
public record TrafficSnapshot(
    List<ProcessTraffic> processes,
    List<GroupTraffic> groups,
    List<UnattributedTraffic> unattributed,
    long forwardedBytes,
    long capturedBytes,
    long parkedBytes,
    long parkedFlows) {

  /** What one process moved. No two have the same pid and comm. */
  public record ProcessTraffic(ProcessInfo process, Traffic traffic) {}

  /** What one group moved, processes that are long gone included. */
  public record GroupTraffic(String group, Traffic traffic) {}

  /** Bytes and packets, each way. */
  public record Traffic(long rxBytes, long rxPackets, long txBytes, long txPackets) {}

  /** What could be credited to nobody, for one reason. */
  public record UnattributedTraffic(UnattributedReason reason, long rxBytes, long txBytes) {}
}
