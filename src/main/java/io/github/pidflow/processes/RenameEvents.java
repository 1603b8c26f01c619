package io.github.pidflow.processes;

import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.linux.TaskEvents;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/**
 * Tells which processes were given another name, by an exec or by themselves, when it happens.
 * Without it that is noticed when a process is looked at next, and what it moved until then counts
 * under its old name.
 *
 * <p>The kernel tells of every process there is, so the cost is bounded: more than {@value
 * #MAX_RECORDS_A_SECOND} records in a second, and nothing is read for a second. Whatever was
 * overlooked meanwhile, everybody who matters is looked at again afterwards.
 */
public final class RenameEvents implements AutoCloseable {
  static final int TOKEN = 1;

  private static final int MAX_RECORDS_A_SECOND = 20_000;
  private static final long SECOND_NANOS = 1_000_000_000;

  /** A process that renames itself all the time costs a new table no more often than this. */
  private static final long SPACING_NANOS = 100_000_000;

  private static final TaskEvents.Listener NOBODY = new TaskEvents.Listener() {};

  private final TaskEvents events;
  private final Poller poller;
  private final DaemonCounters counters;
  private final Set<Integer> renamed = new HashSet<>();
  private boolean overlooked;
  private boolean paused;
  private long secondStartNanos = System.nanoTime();
  private long nextNanos = System.nanoTime();
  private int records;
  private long lost;

  private RenameEvents(TaskEvents events, Poller poller, DaemonCounters counters) {
    this.events = events;
    this.poller = poller;
    this.counters = counters;
  }

  /**
   * Starts to listen.
   *
   * @param poller is added to, under {@link #TOKEN}
   * @throws IOException why that cannot be had here
   */
  public static RenameEvents open(Path procRoot, Poller poller, DaemonCounters counters)
      throws IOException {
    TaskEvents events = listen(procRoot);
    try {
      poller.add(events, TOKEN);
      return new RenameEvents(events, poller, counters);
    } catch (NativeIoException e) {
      events.close();
      throw e;
    }
  }

  /**
   * Tries to listen, and stops again.
   *
   * @throws IOException why that cannot be had here
   */
  public static void probe(Path procRoot) throws IOException {
    listen(procRoot).close();
  }

  private static TaskEvents listen(Path procRoot) throws IOException {
    // The kernel tells the pids of our own pid namespace.
    String self = Files.readSymbolicLink(procRoot.resolve("self")).toString();
    if (!self.equals(Long.toString(ProcessHandle.current().pid()))) {
      throw new IOException("the pids in " + procRoot + " are those of another pid namespace");
    }
    return TaskEvents.open(EnumSet.of(TaskEvents.Kind.NAMES));
  }

  /** Reads what there is, and keeps in mind who of those known has another name. */
  public void read(IntPredicate known) throws NativeIoException {
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
      events.drain(NOBODY);
      poller.add(events, TOKEN);
      paused = false;
      overlooked = true;
      return;
    }
    records += events.drain(listener(known));
    if (events.lost() != lost) {
      counters.add(DaemonCounter.TASK_EVENTS_LOST, events.lost() - lost);
      overlooked = true;
    }
    if (records > MAX_RECORDS_A_SECOND) {
      counters.increment(DaemonCounter.TASK_EVENT_PAUSES);
      poller.remove(events);
      paused = true;
      secondStartNanos = now;
    }
    lost = events.lost();
  }

  /** Whether somebody may have another name that will be looked at only later. */
  public boolean hasOverlooked() {
    return paused || overlooked;
  }

  /** Whether there is something to do that no event will tell of. */
  public boolean isWaiting() {
    return paused || overlooked || !renamed.isEmpty();
  }

  private TaskEvents.Listener listener(IntPredicate known) {
    return new TaskEvents.Listener() {
      @Override
      public void onComm(int pid, int tid, String comm, boolean exec, long timeNanos) {
        // The other threads' names are their own.
        if (pid == tid && known.test(pid)) {
          renamed.add(pid);
        }
      }
    };
  }

  /**
   * Takes the pids to look at again, none if some were taken just now.
   *
   * @param everybody who is to be looked at if some were overlooked
   */
  public List<Integer> take(Supplier<List<Integer>> everybody) {
    long now = System.nanoTime();
    if ((renamed.isEmpty() && !overlooked) || now - nextNanos < 0) {
      return List.of();
    }
    nextNanos = now + (overlooked ? SECOND_NANOS : SPACING_NANOS);
    List<Integer> pids = overlooked ? everybody.get() : List.copyOf(renamed);
    renamed.clear();
    overlooked = false;
    return pids;
  }

  @Override
  public void close() {
    events.close();
  }
}
