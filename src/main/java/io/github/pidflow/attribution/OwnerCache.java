package io.github.pidflow.attribution;

import io.github.pidflow.flow.FlowHash;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.sockettable.SocketOwner;
import io.github.pidflow.sockettable.SocketTable;
import java.util.Arrays;

/**
 * The table's answers for the flows of the moment. Packets come in runs, and a datagram of an
 * unconnected socket takes the table six probes where this takes one. Only owners of open sockets
 * are kept: whether a closed one still counts depends on the packet. A SYN drops its flow's entry,
 * since the five-tuple may change hands with it. For one thread.
 */
final class OwnerCache {
  private static final int SLOTS = 256;
  private static final int WORDS = 5;

  private final long[] words = new long[SLOTS * WORDS];
  private final SocketOwner[] owners = new SocketOwner[SLOTS];

  private final int[] interfaces = new int[SLOTS];

  /** Of each answer, when its port had last changed. */
  private final long[] changedNanos = new long[SLOTS];

  private SocketTable table = SocketTable.EMPTY;

  /** Moves on to a new table and drops the answers of the old one. */
  void replaceTable(SocketTable table) {
    this.table = table;
    Arrays.fill(owners, null);
  }

  SocketTable table() {
    return table;
  }

  /** The answer kept for an earlier segment of the same flow, null if there is none. */
  SocketOwner cached(Segment segment) {
    int slot = slot(segment);
    if (segment.opensConnection()) {
      owners[slot] = null;
    }
    int at = slot * WORDS;
    SocketOwner owner = owners[slot];
    return owner != null
            && words[at] == ports(segment)
            && words[at + 1] == segment.localHigh()
            && words[at + 2] == segment.localLow()
            && words[at + 3] == segment.remoteHigh()
            && words[at + 4] == segment.remoteLow()
            && interfaces[slot] == segment.flowInterface()
            && changedNanos[slot] == table.changedNanos(segment)
        ? owner
        : null;
  }

  /**
   * Asks the table and keeps its answer.
   *
   * @return null unless the owner is {@linkplain SocketOwner#isKnown known}
   */
  SocketOwner find(Segment segment) {
    // Before the answer, which may be out of date otherwise.
    long changed = table.changedNanos(segment);
    SocketOwner owner = table.owner(segment);
    if (owner == null || !owner.isKnown()) {
      return null;
    }
    if (owner.isOpen()) {
      int slot = slot(segment);
      int at = slot * WORDS;
      words[at] = ports(segment);
      words[at + 1] = segment.localHigh();
      words[at + 2] = segment.localLow();
      words[at + 3] = segment.remoteHigh();
      words[at + 4] = segment.remoteLow();
      owners[slot] = owner;
      interfaces[slot] = segment.flowInterface();
      changedNanos[slot] = changed;
    }
    return owner;
  }

  private static long ports(Segment segment) {
    return ((long) segment.namespace() << 40)
        | ((long) segment.protocol() << 32)
        | ((long) segment.localPort() << 16)
        | segment.remotePort();
  }

  private static int slot(Segment segment) {
    return (int) (FlowHash.of(segment) >>> 56);
  }
}
