package io.github.pidflow.ownership;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.sockettable.Senders;
import io.github.pidflow.sockettable.Senders.Run;
import io.github.pidflow.sockettable.SocketOwner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects sends through packet, raw and ping sockets. Sends of one process and length in quick
 * succession are one run. Bounded: what is forgotten early shortens the time that is covered.
 */
final class SendLog {
  /** Longer than a flow is parked. */
  private static final long MEMORY_NANOS = 15_000_000_000L;

  /** No longer than it usually takes from a packet to the report of its send. */
  private static final long MAX_GAP_NANOS = 1_000_000;

  static final int MAX_RUNS = 4096;

  /** Runs that may continue, the one that was continued last at the end. */
  private final Map<Kind, Open> open = new LinkedHashMap<>(16, 0.75f, true);

  private final Deque<Run> done = new ArrayDeque<>();
  private long coveredSinceNanos = Long.MAX_VALUE;

  private record Kind(int pid, int protocol, int bytes) {}

  private static final class Open {
    private final ProcessInfo process;
    private final long firstNanos;
    private long lastNanos;

    Open(ProcessInfo process, long nanos) {
      this.process = process;
      firstNanos = nanos;
      lastNanos = nanos;
    }

    Run run(Kind kind) {
      return new Run(kind.pid, process, kind.protocol, kind.bytes, firstNanos, lastNanos);
    }
  }

  /** All sends from now on are added, until this is called again. */
  void coverSince(long epochNanos) {
    coveredSinceNanos = epochNanos;
  }

  /** Not all sends are added any more. */
  void interrupt() {
    coveredSinceNanos = Long.MAX_VALUE;
  }

  boolean isCovering() {
    return coveredSinceNanos != Long.MAX_VALUE;
  }

  /**
   * Adds a send.
   *
   * @param process null if it could not be read any more
   */
  void add(int pid, ProcessInfo process, int protocol, int bytes, long nanos) {
    Kind kind = new Kind(pid, protocol, bytes);
    Open run = open.get(kind);
    boolean continues =
        run != null
            && nanos >= run.firstNanos
            && nanos - run.lastNanos <= MAX_GAP_NANOS
            && nanos - run.firstNanos <= Senders.MAX_RUN_NANOS
            && (process == null || process.equals(run.process));
    if (continues) {
      run.lastNanos = Math.max(run.lastNanos, nanos);
      return;
    }
    if (run != null) {
      done.addLast(run.run(kind));
    }
    open.put(kind, new Open(process, nanos));
    bound();
  }

  private void bound() {
    while (open.size() > MAX_RUNS / 2) {
      Kind oldest = open.keySet().iterator().next();
      done.addLast(open.remove(oldest).run(oldest));
    }
    while (done.size() > MAX_RUNS / 2) {
      Run forgotten = done.removeFirst();
      if (isCovering()) {
        coveredSinceNanos = Math.max(coveredSinceNanos, forgotten.lastNanos() + 1);
      }
    }
  }

  private List<Run> runs() {
    List<Run> all = new ArrayList<>(done);
    open.forEach((kind, run) -> all.add(run.run(kind)));
    return List.copyOf(all);
  }

  /**
   * What is known now.
   *
   * @param sole see {@link Senders#sole}
   */
  Senders senders(SocketOwner sole) {
    long horizon = BootClock.steadyNanos() - MEMORY_NANOS;
    done.removeIf(run -> run.lastNanos() < horizon);
    open.values().removeIf(run -> run.lastNanos < horizon);
    return new Senders(runs(), coveredSinceNanos, sole);
  }
}
