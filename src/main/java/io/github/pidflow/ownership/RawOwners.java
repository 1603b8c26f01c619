package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.ownership.NotedProcesses.Creation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * Whose the packets of raw sockets are. Nothing in such a packet tells one socket of a protocol
 * from another, and the kernel keeps no list that a short-lived one would be found in. But it notes
 * when each is created and closed: a packet belongs to the one process that had a raw socket of its
 * protocol at that moment, and where several had one it is ambiguous.
 */
final class RawOwners {
  /** Longer than anything waits for its owner. */
  private static final long MEMORY_NANOS = 60_000_000_000L;

  private final NotedProcesses creators;
  private final NotedProcesses closers;

  private record Life(ProcessInfo process, long fromNanos, long toNanos) {}

  RawOwners(NotedProcesses creators, NotedProcesses closers) {
    this.creators = creators;
    this.closers = closers;
  }

  /**
   * The owners of a flow up to now.
   *
   * @param holders of the sockets it may go through that are open now: they may be older than notes
   * @return null if nobody had a socket for it
   */
  Succession of(SocketKey flow, long netnsCookie, Collection<ProcessInfo> holders, long nowNanos) {
    List<Life> lives = new ArrayList<>();
    for (Creation each : creators.creations(flow.protocol(), netnsCookie)) {
      OptionalLong closed = closers.epochNanos(each.cookie());
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
    return lives.isEmpty() ? null : part(lives);
  }

  private static boolean isSame(ProcessInfo one, ProcessInfo other) {
    return one.pid() == other.pid();
  }

  /** Cuts time wherever a socket came or went. */
  private static Succession part(List<Life> lives) {
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
    return Succession.of(owners);
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
