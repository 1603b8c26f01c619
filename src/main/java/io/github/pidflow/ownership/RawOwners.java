package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.processes.NotedProcesses;
import io.github.pidflow.processes.NotedProcesses.Creation;
import io.github.pidflow.sockettable.OwnerHistory;
import io.github.pidflow.sockettable.SocketOwner;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * The owners of raw sockets' packets. A packet does not show which raw socket of its protocol sent
 * it, and a short-lived socket appears in no list of the kernel's. But the kernel notes when each
 * is created and closed: a packet belongs to the one process that had a raw socket of its protocol
 * at that time; if several had one, it is ambiguous.
 */
final class RawOwners {
  /** Longer than a flow is parked. */
  private static final long MEMORY_NANOS = 60_000_000_000L;

  private final NotedProcesses creators;
  private final NotedProcesses closers;

  private record Life(ProcessInfo process, long fromNanos, long toNanos) {}

  RawOwners(NotedProcesses creators, NotedProcesses closers) {
    this.creators = creators;
    this.closers = closers;
  }

  /**
   * The owners of a flow over time.
   *
   * @param holders of the open sockets that may carry it, which may be older than the notes
   * @return null if no process had such a socket
   */
  OwnerHistory of(
      SocketKey flow, long netnsCookie, Collection<ProcessInfo> holders, long nowNanos) {
    List<Life> lives = new ArrayList<>();
    for (Creation each : creators.creations(flow.protocol(), netnsCookie)) {
      OptionalLong closed = closers.steadyNanos(each.cookie());
      long end = closed.orElse(nowNanos);
      if (end > nowNanos - MEMORY_NANOS) {
        lives.add(new Life(each.process(), each.atNanos(), end));
      }
    }
    for (ProcessInfo holder : holders) {
      if (lives.stream().noneMatch(life -> isSame(life.process, holder))) {
        lives.add(new Life(holder, SocketOwner.EVER, nowNanos));
      }
    }
    return lives.isEmpty() ? null : divide(lives);
  }

  private static boolean isSame(ProcessInfo one, ProcessInfo other) {
    return one.pid() == other.pid();
  }

  /** Divides time wherever a socket was created or closed. */
  private static OwnerHistory divide(List<Life> lives) {
    NavigableSet<Long> cuts = new TreeSet<>();
    for (Life life : lives) {
      cuts.add(life.fromNanos);
      cuts.add(life.toNanos);
    }
    List<SocketOwner> owners = new ArrayList<>();
    for (Long from : cuts.descendingSet()) {
      Long to = cuts.higher(from);
      if (to != null) {
        owners.add(during(lives, from, to));
      }
    }
    owners.removeIf(Objects::isNull);
    return OwnerHistory.of(owners);
  }

  private static SocketOwner during(List<Life> lives, long from, long to) {
    ProcessInfo process = null;
    for (Life life : lives) {
      if (life.fromNanos <= from && life.toNanos >= to) {
        if (process != null && !isSame(process, life.process)) {
          return SocketOwner.none(UnattributedReason.AMBIGUOUS).opened(from).closed(to);
        }
        process = life.process;
      }
    }
    return process == null ? null : SocketOwner.of(process, false).opened(from).closed(to);
  }
}
