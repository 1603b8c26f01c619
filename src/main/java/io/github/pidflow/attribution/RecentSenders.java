package io.github.pidflow.attribution;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.sockettable.SocketOwner;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last sender of each raw flow, for a minute: for the answers, which have no sender here, and
 * for packets that two processes could have sent. Bounded. For one thread.
 */
final class RecentSenders {
  private static final int MAX_FLOWS = 1024;
  private static final long MEMORY_NANOS = 60_000_000_000L;

  private final Map<SocketKey, Sent> flows = new Bounded();

  private record Sent(SocketOwner owner, long atNanos) {}

  /** Whether only raw, ping and packet sockets send packets of a protocol. */
  static boolean isRaw(int protocol) {
    return switch (protocol) {
      case Protocol.TCP, Protocol.UDP, Protocol.UDPLITE, Protocol.SCTP, Protocol.DCCP -> false;
      default -> true;
    };
  }

  void remember(SocketKey flow, SocketOwner sender, long nowNanos) {
    flows.put(flow, new Sent(sender, nowNanos));
  }

  /** The last sender of a flow, null if it is not known. */
  SocketOwner find(SocketKey flow, long nowNanos) {
    Sent sent = flows.get(flow);
    return sent != null && nowNanos - sent.atNanos <= MEMORY_NANOS ? sent.owner : null;
  }

  /** The flows whose senders were found last. */
  private static final class Bounded extends LinkedHashMap<SocketKey, Sent> {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<SocketKey, Sent> eldest) {
      return size() > MAX_FLOWS;
    }
  }
}
