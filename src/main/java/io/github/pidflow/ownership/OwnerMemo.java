package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import java.util.Arrays;

/**
 * Remembers what a table answered for the flows of the moment. Packets come in runs, and a datagram
 * of an unconnected socket takes the table six probes where this takes one. Only owners of open
 * sockets are remembered: whether a closed one still counts depends on the packet. For one thread.
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

  /** See {@link SocketTable#find}. */
  public ProcessInfo find(Segment segment) {
    long ports =
        ((long) segment.namespace() << 40)
            | ((long) segment.protocol() << 32)
            | ((long) segment.localPort() << 16)
            | segment.remotePort();
    long localHigh = segment.localHigh();
    long localLow = segment.localLow();
    long remoteHigh = segment.remoteHigh();
    long remoteLow = segment.remoteLow();
    long hash = (((ports * 31 + localLow) * 31 + remoteLow) * 31 + localHigh) * 31 + remoteHigh;
    int slot = (int) ((hash * MIX) >>> 56);
    int at = slot * WORDS;
    ProcessInfo remembered = processes[slot];
    if (remembered != null
        && words[at] == ports
        && words[at + 1] == localHigh
        && words[at + 2] == localLow
        && words[at + 3] == remoteHigh
        && words[at + 4] == remoteLow) {
      return remembered;
    }
    SocketOwner owner = table.owner(segment);
    if (owner == null || owner.process() == null) {
      return null;
    }
    if (owner.isOpen()) {
      words[at] = ports;
      words[at + 1] = localHigh;
      words[at + 2] = localLow;
      words[at + 3] = remoteHigh;
      words[at + 4] = remoteLow;
      processes[slot] = owner.process();
    }
    return owner.process();
  }
}
