package io.github.pidflow.sockettable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.KernelSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the kernel answered for a flow of a group of SO_REUSEPORT, when the group changes. */
class GroupAnswersTest {
  private static final long MILLI = 1_000_000;
  private static final ProcessInfo A = ProcessInfo.named(10, "a");
  private static final ProcessInfo B = ProcessInfo.named(20, "b");
  private static final SocketKey PORT = SocketKeys.bound(Protocol.UDP, "0.0.0.0", 53);
  private static final SocketKey FLOW =
      SocketKeys.connected(Protocol.UDP, "10.0.0.1", 53, "10.0.0.2", 4000);

  private final long changedBootNanos = BootClock.bootNanos() - 1000 * MILLI;
  private final long changedNanos = BootClock.steadyNanos(changedBootNanos);
  private final KnownSockets known =
      new KnownSockets(socket -> SocketOwner.EVER, new DaemonCounters());
  private final List<KernelSocket> group =
      new ArrayList<>(
          List.of(new KernelSocket(PORT, 1, 11, false), new KernelSocket(PORT, 2, 12, false)));

  @Test
  void shouldEndWhenTheGroupChangesThoughItIsListedLater() {
    Sockets.scan(known, group, Set.of(), this::owner, changedNanos - 500 * MILLI);
    SocketOwner answer = owner(group.get(0)).confirmed(changedNanos + 10 * MILLI);
    known.add(FLOW, group.get(0), answer);
    assertTrue(known.isResolved(new Miss(FLOW, 0)));
    known.follow(port -> changedBootNanos);
    group.add(new KernelSocket(PORT, 3, 13, false));

    SocketScan scan =
        known.beginListing(
            PORT,
            group,
            new SocketScan.Start(changedBootNanos + 25 * MILLI, changedNanos + 25 * MILLI));
    scan.updateOwned(socket -> Optional.of(owner(socket)));
    known.endListing(scan, PORT);

    assertFalse(known.isResolved(new Miss(FLOW, 0)));
    SocketTable table = known.table(List.of(A, B));
    assertEquals(A, table.find(Sockets.segment(FLOW, changedNanos - MILLI)));
    SocketOwner since = table.owner(Sockets.segment(FLOW, changedNanos + 5 * MILLI));
    assertTrue(since == null || since.process() == null, () -> "" + since);
  }

  private SocketOwner owner(KernelSocket socket) {
    return SocketOwner.of(socket.inode() == 1 ? A : B, false);
  }
}
