package io.github.pidflow.accounting;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import java.util.List;

/**
 * Every traffic counter at one instant between two packets, so the conservation law holds within
 * it: captured = attributed + unattributed + parked + forwarded.
 *
 * @param processes live processes that own or owned a socket, and ended ones still kept
 * @param groups every group there ever was; together they have every attributed byte
 * @param unattributed one entry per reason, zero or not
 */
public record TrafficSnapshot(
    List<ProcessTraffic> processes,
    List<GroupTraffic> groups,
    List<UnattributedTraffic> unattributed,
    long forwardedBytes,
    long capturedBytes,
    long parkedBytes,
    long parkedFlows) {

  /** The traffic of one process. No two have the same pid and comm. */
  public record ProcessTraffic(ProcessInfo process, Traffic traffic) {}

  /** The traffic of one group, ended processes included. */
  public record GroupTraffic(String group, Traffic traffic) {}

  /** Bytes and packets, each way. */
  public record Traffic(long rxBytes, long rxPackets, long txBytes, long txPackets) {}

  /** Traffic without an owner, for one reason. */
  public record UnattributedTraffic(UnattributedReason reason, long rxBytes, long txBytes) {}
}
