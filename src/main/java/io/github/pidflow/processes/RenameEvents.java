package io.github.pidflow.processes;

import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.linux.TaskEvents;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/**
 * Receives the kernel's events of processes that change their name, by an exec or by themselves,
 * and keeps the {@link TaskHistory} up to date. Without them a new name is noticed when the process
 * is next identified, and its traffic until then counts under the old name.
 *
 * <p>The kernel reports every process of the host, so the cost is bounded: after more than {@value
 * #MAX_RECORDS_PER_SECOND} records in a second, reading pauses for a second. After a pause or a
 * loss every process that owns sockets is identified again, see {@link RenameBatches}.
 */
public final class RenameEvents implements AutoCloseable {
  static final int TOKEN = 1;

  private static final int MAX_RECORDS_PER_SECOND = 50_000;
  private static final long SECOND_NANOS = 1_000_000_000;

  private static final TaskEvents.Listener DISCARD = new TaskEvents.Listener() {};

  private final TaskEvents events;
  private final Poller poller;
  private final DaemonCounters counters;
  private final TaskHistory history;
  private final CgroupPaths cgroups;
  private final TaskEvents.Listener listener;
  private final RenameBatches batches = new RenameBatches(System.nanoTime());
  private boolean missed;
  private boolean paused;
  private long secondStartNanos = System.nanoTime();
  private long nextDoubtNanos = System.nanoTime();
  private int records;
  private long lost;

  private RenameEvents(
      TaskEvents events,
      Poller poller,
      DaemonCounters counters,
      TaskHistory history,
      CgroupPaths cgroups,
      IntPredicate known) {
    this.events = events;
    this.poller = poller;
    this.counters = counters;
    this.history = history;
    this.cgroups = cgroups;
    listener = listener(known);
  }

  /**
   * Subscribes.
   *
   * @param poller wakes up for events, under {@link #TOKEN}
   * @param history receives the events, too
   * @param cgroups likewise; null if nobody asks for them
   * @param known selects the pids that {@link #pollRenamed} returns
   * @throws IOException if the kernel refuses or the pids in /proc are not this process's
   */
  public static RenameEvents open(
      Path procRoot,
      Poller poller,
      DaemonCounters counters,
      TaskHistory history,
      CgroupPaths cgroups,
      IntPredicate known)
      throws IOException {
    TaskEvents events = subscribe(procRoot);
    try {
      poller.add(events, TOKEN);
      RenameEvents renames = new RenameEvents(events, poller, counters, history, cgroups, known);
      history.readWith(renames::readUnlessPaused);
      renames.readCgroups();
      return renames;
    } catch (NativeIoException e) {
      events.close();
      throw e;
    }
  }

  /**
   * Tries to subscribe.
   *
   * @throws IOException if {@link #open} would fail, with the cause
   */
  public static void probe(Path procRoot) throws IOException {
    subscribe(procRoot).close();
  }

  private static TaskEvents subscribe(Path procRoot) throws IOException {
    PidNamespace.requireOwn(procRoot);
    Set<TaskEvents.Kind> kinds = EnumSet.complementOf(EnumSet.of(TaskEvents.Kind.NAMESPACES));
    try {
      return TaskEvents.open(kinds);
    } catch (IOException e) {
      // Before Linux 5.7 new cgroups are not reported.
      kinds.remove(TaskEvents.Kind.CGROUPS);
      return TaskEvents.open(kinds);
    }
  }

  /** Reads pending events and keeps the renamed pids that are known. */
  public void drain() throws NativeIoException {
    long now = System.nanoTime();
    boolean secondOver = now - secondStartNanos >= SECOND_NANOS;
    if (paused && !secondOver) {
      return;
    }
    if (secondOver) {
      secondStartNanos = now;
      records = 0;
    }
    if (paused) {
      events.drain(DISCARD);
      poller.add(events, TOKEN);
      paused = false;
      missed = true;
      return;
    }
    readUnlessPaused();
    if (records > MAX_RECORDS_PER_SECOND) {
      counters.increment(DaemonCounter.TASK_EVENT_PAUSES);
      poller.remove(events);
      paused = true;
      history.clear();
      secondStartNanos = now;
    }
  }

  private void readUnlessPaused() {
    if (paused) {
      return;
    }
    long startNanos = BootClock.nanos();
    records += events.drain(listener);
    history.apply(startNanos);
    if (events.lost() != lost) {
      counters.add(DaemonCounter.TASK_EVENTS_LOST, events.lost() - lost);
      lost = events.lost();
      missed = true;
      history.clear();
    }
  }

  private void readCgroups() {
    if (cgroups != null) {
      cgroups.read();
    }
  }

  /** Returns whether events were missed and the owners not identified again since. */
  public boolean hasMissed() {
    return paused || missed || batches.hasDoubtful();
  }

  /** Returns whether there is work that no further event announces. */
  public boolean hasPending() {
    return paused || missed || !batches.isEmpty() || history.hasPending();
  }

  private TaskEvents.Listener listener(IntPredicate known) {
    return new TaskEvents.Listener() {
      @Override
      public void onComm(int pid, int tid, String comm, boolean exec, long timeNanos) {
        history.onComm(pid, tid, comm, exec, timeNanos);
        // A thread other than the main one renames only itself.
        if (pid == tid && known.test(pid)) {
          batches.add(pid);
        }
      }

      @Override
      public void onFork(int parentPid, int pid, long timeNanos) {
        history.onFork(parentPid, pid, timeNanos);
      }

      @Override
      public void onExit(int pid, long timeNanos) {
        history.onExit(pid, timeNanos);
      }

      @Override
      public void onExecutable(int pid, String path, long timeNanos) {
        history.onExecutable(pid, path, timeNanos);
      }

      @Override
      public void onCgroup(long id, String path, long timeNanos) {
        if (cgroups != null) {
          cgroups.created(id, path);
        }
      }
    };
  }

  /**
   * Removes and returns the next batch of pids to identify again; empty if it is not due yet.
   *
   * @param owners the pids to identify again if events were missed
   */
  public List<Integer> pollRenamed(Supplier<List<Integer>> owners) {
    long now = System.nanoTime();
    if (missed && !batches.hasDoubtful() && now - nextDoubtNanos >= 0) {
      nextDoubtNanos = now + SECOND_NANOS;
      missed = false;
      readCgroups();
      batches.addDoubtful(owners.get());
    }
    return batches.poll(now);
  }

  /** Puts off the next batch by what the last one has cost. */
  public void spaceBatches(long costNanos) {
    batches.spend(costNanos, System.nanoTime());
  }

  @Override
  public void close() {
    events.close();
  }
}
