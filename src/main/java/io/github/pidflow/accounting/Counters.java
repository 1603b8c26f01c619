package io.github.pidflow.accounting;

import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.Direction;

/** Bytes and packets, each way, of a process or a group. */
final class Counters {
  private long rxBytes;
  private long rxPackets;
  private long txBytes;
  private long txPackets;

  void add(Direction direction, long bytes, long packets) {
    if (direction == Direction.TX) {
      txBytes += bytes;
      txPackets += packets;
    } else {
      rxBytes += bytes;
      rxPackets += packets;
    }
  }

  void add(Counters more) {
    rxBytes += more.rxBytes;
    rxPackets += more.rxPackets;
    txBytes += more.txBytes;
    txPackets += more.txPackets;
  }

  /** Whether nothing was counted; what was has packets. */
  boolean isZero() {
    return rxPackets == 0 && txPackets == 0;
  }

  Traffic traffic() {
    return new Traffic(rxBytes, rxPackets, txBytes, txPackets);
  }
}
