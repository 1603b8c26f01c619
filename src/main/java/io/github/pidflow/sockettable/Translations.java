package io.github.pidflow.sockettable;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.FiveTupleIndex;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketMatch;
import java.util.Map;

/** The five-tuples that NAT gives packets, with the five-tuples of their sockets. Immutable. */
public final class Translations {
  public static final Translations NONE = new Translations(Map.of(), null);

  private final FiveTupleIndex index;
  private final Segment[] sockets;

  /** Those of the five-tuples that are not in the index; null if there are none. */
  private final Translations older;

  private Translations(Map<SocketKey, SocketKey> socketByFlow, Translations older) {
    index = new FiveTupleIndex(socketByFlow.size());
    sockets = new Segment[socketByFlow.size()];
    socketByFlow.forEach((flow, socket) -> sockets[index.add(flow)] = segment(socket));
    this.older = older;
  }

  public static Translations of(Map<SocketKey, SocketKey> socketByFlow) {
    return new Translations(socketByFlow, null);
  }

  /** These and more, which take precedence. */
  public Translations with(Map<SocketKey, SocketKey> socketByFlow) {
    return socketByFlow.isEmpty() ? this : new Translations(socketByFlow, this);
  }

  private static Segment segment(SocketKey key) {
    Segment segment = new Segment();
    segment.namespace(key.namespace());
    segment.protocol(key.protocol());
    segment.addresses(key.localHigh(), key.localLow(), key.remoteHigh(), key.remoteLow());
    segment.ports(key.localPort(), key.remotePort());
    segment.direction(Direction.TX);
    return segment;
  }

  boolean contains(Segment segment) {
    return find(segment) != null;
  }

  /** The five-tuple of a segment's socket; the segment itself if NAT does not change it. */
  Segment ofSocket(Segment segment) {
    Segment found = find(segment);
    return found == null ? segment : found;
  }

  private Segment find(Segment segment) {
    for (Translations each = this; each != null; each = each.older) {
      int id =
          each.sockets.length == 0
              ? FiveTupleIndex.NONE
              : each.index.find(segment, SocketMatch.EXACT, 0);
      if (id != FiveTupleIndex.NONE) {
        return each.sockets[id];
      }
    }
    return null;
  }
}
