package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.processes.PidNamespace;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.sockets.SendEvents;
import io.github.pidflow.sockettable.Senders;
import io.github.pidflow.sockettable.SocketOwner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who sends packets without a socket of the packets' protocol: through a packet socket, or a raw
 * socket of IPPROTO_RAW; and which of several raw sockets a packet is from.
 *
 * <p>Where the kernel reports sends, see {@link SendEvents}, they tell. Before the report is
 * switched on, which takes a millisecond from the first such socket on, and on kernels without it,
 * this rule stands in:
 *
 * <ul>
 *   <li>it applies to a flow that this host started and that the kernel has no socket for;
 *   <li>if one process other than pidflow has such a socket, or had it until recently, it owns the
 *       flow; if several do, the flow is unattributed, with reason {@code packet_socket};
 *   <li>a socket with a ring to receive and none to send is a sniffer's, see {@link
 *       KernelSockets#dumpSenders};
 *   <li>it does not apply on a host that forwards, where most flows without a socket are NAT's, nor
 *       where the kernel notes no creations, where most are from sockets that were closed.
 * </ul>
 */
final class PacketSenders implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PacketSenders.class);

  /** At least as long as a flow is parked. */
  private static final long MEMORY_NANOS = 15_000_000_000L;

  private static final long PAUSE_NANOS = 200_000_000;

  private final long self = ProcessHandle.current().pid();
  private final Map<ProcessInfo, Long> lastSeenNanos = new HashMap<>();
  private final SendLog log = new SendLog();

  /** Null if the kernel does not report sends. */
  private SendEvents events;

  private SocketOwner sole;
  private long nextRefreshNanos = System.nanoTime();

  /** Subscribes to the kernel's reports of sends; without them only the rule above applies. */
  void open(Path procRoot, Poller poller, DaemonCounters counters) {
    try {
      PidNamespace.requireOwn(procRoot);
      events = SendEvents.open(poller, counters);
    } catch (IOException e) {
      LOG.warn(Feature.SEND_EVENTS.missing(e.getMessage()));
    }
  }

  boolean noticesSends() {
    return events != null;
  }

  /** What is known of senders now. */
  Senders latest() {
    return log.senders(sole);
  }

  /** Reads what the kernel has reported; returns whether there was anything. */
  boolean drain(OwnerFinder finder) throws NativeIoException {
    if (events == null) {
      return false;
    }
    boolean any =
        events.drain(
            new SendEvents.Listener() {
              @Override
              public void onPacketSend(int pid, int bytes, long timeNanos) {
                add(finder, pid, Senders.ANY, bytes, timeNanos);
              }

              @Override
              public void onRawSend(int pid, int ipProtocol, int bytes, long timeNanos) {
                add(finder, pid, ipProtocol, bytes, timeNanos);
              }

              @Override
              public void onNetRawCheck(int pid) {
                // Read now, since it may have ended when its first packet is looked up.
                finder.process(pid, BootClock.steadyNanos());
              }
            });
    updateCoverage();
    return any;
  }

  private void add(OwnerFinder finder, int pid, int protocol, int bytes, long timeNanos) {
    ProcessInfo process = finder.process(pid, timeNanos).orElse(null);
    log.add(pid, process, protocol, bytes, timeNanos);
    if (process != null && protocol == Senders.ANY) {
      lastSeenNanos.put(process, System.nanoTime());
    }
  }

  private void updateCoverage() {
    if (events.pollInterrupted()) {
      log.interrupt();
    }
    if (events.isEnabled() && !log.isCovering()) {
      log.coverSince(BootClock.steadyNanos());
    }
  }

  /** Has sends reported from now on if any socket is open that could send so. */
  void watch(KernelSockets kernel) throws IOException {
    if (events != null && kernel.hasSenders()) {
      events.need();
      updateCoverage();
    }
  }

  /** Searches such sockets, unless that was done just now; returns whether the owner changed. */
  boolean refresh(KernelSockets kernel, OwnerFinder finder) throws IOException {
    long now = System.nanoTime();
    if (now - nextRefreshNanos < 0) {
      return false;
    }
    nextRefreshNanos = now + PAUSE_NANOS;
    SocketOwner before = sole;
    sole = finder.notesCreations() && !kernel.isForwarding() ? find(kernel, finder, now) : null;
    return sole == null ? before != null : !sole.equals(before);
  }

  private SocketOwner find(KernelSockets kernel, OwnerFinder finder, long now) throws IOException {
    List<KernelSocket> sockets = new ArrayList<>();
    kernel.dumpSenders(sockets::add);
    finder.seek(sockets);
    for (KernelSocket socket : sockets) {
      finder
          .holder(socket)
          .map(SocketOwner::process)
          .filter(process -> process.id().pid() != self)
          .ifPresent(process -> lastSeenNanos.put(process, now));
    }
    lastSeenNanos.values().removeIf(seen -> now - seen > MEMORY_NANOS);
    return switch (lastSeenNanos.size()) {
      case 0 -> null;
      case 1 -> SocketOwner.of(lastSeenNanos.keySet().iterator().next(), false);
      default -> SocketOwner.none(UnattributedReason.PACKET_SOCKET);
    };
  }

  @Override
  public void close() {
    if (events != null) {
      events.close();
    }
  }
}
