package io.github.pidflow.attribution;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.ownership.SocketOwner;
import io.github.pidflow.ownership.SocketTable;
import java.util.Arrays;

/**
 * Remembers what a table answered for the flows of the moment. Packets come in runs, and a datagram
 * of an unconnected socket takes the table six probes where this takes one. Only owners of open
 * sockets are remembered: whether a closed one still counts depends on the packet; and never for a
 * SYN, with which a five-tuple may change hands. For one thread.
 */
public final class OwnerMemo {
  private static final int SLOTS = 256;
  private static final int WORDS = 5;
  private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

  private final long[] words = new long[SLOTS * WORDS];
  private final ProcessInfo[] processes = new ProcessInfo[SLOTS];
  private SocketTable table = SocketTable.EMPTY;

  /** Takes over a new table and forgets the answers of the old. */
  public void use(SocketTable table) {
    this.table = table;
    Arrays.fill(processes, null);
  }

  public SocketTable table() {
    return table;
  }

  /** What was found for an earlier segment of the same flow, null if nothing is remembered. */
  public ProcessInfo remembered(Segment segment) {
    int slot = slot(segment);
    if (segment.opensConnection()) {
      processes[slot] = null;
    }
    int at = slot * WORDS;
    ProcessInfo remembered = processes[slot];
    return remembered != null
            && words[at] == ports(segment)
            && words[at + 1] == segment.localHigh()
            && words[at + 2] == segment.localLow()
            && words[at + 3] == segment.remoteHigh()
            && words[at + 4] == segment.remoteLow()
        ? remembered
        : null;
  }

  /** See {@link SocketTable#find}; what it answers is remembered. */
  public ProcessInfo find(Segment segment) {
    SocketOwner owner = table.owner(segment);
    if (owner == null || owner.process() == null) {
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
      processes[slot] = owner.process();
    }
    return owner.process();
  }

  private static long ports(Segment segment) {
    return ((long) segment.namespace() << 40)
        | ((long) segment.protocol() << 32)
        | ((long) segment.localPort() << 16)
        | segment.remotePort();
  }

  private static int slot(Segment segment) {
    long hash = ports(segment) * 31 + segment.localLow();
    hash = (hash * 31 + segment.remoteLow()) * 31 + segment.localHigh();
    return (int) (((hash * 31 + segment.remoteHigh()) * MIX) >>> 56);
  }
}
