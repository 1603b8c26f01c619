package io.github.pidflow.processes;

import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.TaskEvents;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The names and executables of processes over time, as the kernel's task events report them. It
 * describes processes that ended before anybody read their /proc files.
 *
 * <p>Order: events of different CPUs arrive out of order, and the fork of a process may be read
 * after its exec. So events are sorted by time, and those that are newer than the start of the
 * reading wait for the next one.
 *
 * <p>Inheritance: a forked process has the name and the executable of its parent until it calls
 * exec. A parent that is older than the events is read from /proc once. That reading is dropped if
 * a later event shows that it was newer than the fork.
 *
 * <p>Bounds: of ended processes the latest {@value #MAX_ENDED} are kept, of all {@value
 * #MAX_TASKS}.
 */
public final class TaskHistory implements TaskEvents.Listener {
  static final int MAX_ENDED = 8192;
  private static final int MAX_TASKS = 65_536;

  /** A process that renames itself more often is not described at earlier times. */
  private static final int MAX_IMAGES = 8;

  private static final int MAX_ANCESTORS = 16;
  private static final long EVER = Long.MIN_VALUE;
  private static final long NEVER = Long.MAX_VALUE;

  private final ProcFs procFs;
  private final DaemonCounters counters;
  private final Map<Integer, Task> tasks = new HashMap<>();
  private final Deque<Task> ended = new ArrayDeque<>();
  private List<Event> events = new ArrayList<>();
  private Runnable reading = () -> {};
  private long asOfNanos = EVER;

  /** Since when no fork was missed; {@link #NEVER} before the events are first read. */
  private long completeSinceNanos = NEVER;

  TaskHistory(ProcFs procFs, DaemonCounters counters) {
    this.procFs = procFs;
    this.counters = counters;
  }

  /**
   * A process at some time.
   *
   * @param bornNanos since boot; not meaningful if the fork was not seen
   * @param exe empty if not known
   */
  public record Past(long bornNanos, String comm, String exe) {
    /** Whether the fork was seen. */
    public boolean hasBirth() {
      return bornNanos != EVER;
    }
  }

  private record Event(long timeNanos, Runnable action) {}

  private static final class Task {
    private final int pid;

    /** Not meaningful if the fork was not seen. */
    private final int parentPid;

    private final long bornNanos;
    private final List<Image> images = new ArrayList<>(2);
    private boolean ended;

    private Task(int pid, int parentPid, long bornNanos) {
      this.pid = pid;
      this.parentPid = parentPid;
      this.bornNanos = bornNanos;
    }

    private Image latest() {
      return images.isEmpty() ? null : images.get(images.size() - 1);
    }

    private Image at(long timeNanos) {
      for (int i = images.size() - 1; i >= 0; i--) {
        if (images.get(i).sinceNanos <= timeNanos) {
          return images.get(i);
        }
      }
      return null;
    }

    private void add(Image image) {
      if (images.size() == MAX_IMAGES) {
        images.remove(0);
      }
      images.add(image);
    }
  }

  /** A name and an executable; shared by a process and the children it forks. */
  private static final class Image {
    private final long sinceNanos;

    /** When it was read from /proc, {@link #EVER} if it is from an event. */
    private final long readNanos;

    /** Null if it is not known after all. */
    private String comm;

    private String exe;
    private boolean awaitsExe;

    private Image(long sinceNanos, long readNanos, String comm, String exe) {
      this.sinceNanos = sinceNanos;
      this.readNanos = readNanos;
      this.comm = comm;
      this.exe = exe;
    }
  }

  /** Sets what reads pending events into this history. */
  void readWith(Runnable reading) {
    this.reading = reading;
  }

  @Override
  public void onFork(int parentPid, int pid, long timeNanos) {
    events.add(new Event(timeNanos, () -> fork(parentPid, pid, timeNanos)));
  }

  @Override
  public void onExit(int pid, long timeNanos) {
    events.add(new Event(timeNanos, () -> exit(pid)));
  }

  @Override
  public void onComm(int pid, int tid, String comm, boolean exec, long timeNanos) {
    // A thread other than the main one names only itself.
    if (pid == tid) {
      events.add(new Event(timeNanos, () -> rename(pid, comm, exec, timeNanos)));
    }
  }

  @Override
  public void onExecutable(int pid, String path, long timeNanos) {
    events.add(new Event(timeNanos, () -> map(pid, path)));
  }

  /**
   * Applies the events received.
   *
   * @param startNanos when their reading began, since boot
   */
  void apply(long startNanos) {
    List<Event> sorted = events;
    events = new ArrayList<>();
    sorted.sort(Comparator.comparingLong(Event::timeNanos));
    for (Event event : sorted) {
      if (event.timeNanos <= startNanos) {
        event.action.run();
      } else {
        events.add(event);
      }
    }
    asOfNanos = startNanos;
    completeSinceNanos = Math.min(completeSinceNanos, startNanos);
  }

  /** Whether events wait for later ones. */
  boolean hasPending() {
    return !events.isEmpty();
  }

  /** Forgets everything, since events were missed and names may have changed. */
  void clear() {
    tasks.clear();
    ended.clear();
    events.clear();
    completeSinceNanos = NEVER;
  }

  /** The process of a pid at a time since boot, if its name is known. */
  public Optional<Past> at(int pid, long bootNanos) {
    if (bootNanos > asOfNanos) {
      reading.run();
    }
    Task task = tasks.get(pid);
    Image image = task == null || task.bornNanos > bootNanos ? null : task.at(bootNanos);
    return image == null || image.comm == null
        ? Optional.empty()
        : Optional.of(new Past(task.bornNanos, image.comm, ProcessReader.executable(image.exe)));
  }

  /**
   * Whether a process may have inherited what another one opened: each fork from the one to the
   * other must be later than that. True if forks were missed.
   *
   * @param openedNanos since boot
   */
  boolean mayHaveInherited(int pid, int openerPid, long openedNanos) {
    if (!tasks.containsKey(pid)) {
      reading.run();
    }
    Task task = tasks.get(pid);
    for (int i = 0; i < MAX_ANCESTORS && task != null; i++) {
      if (task.bornNanos == EVER) {
        return completeSinceNanos > openedNanos;
      }
      if (task.bornNanos < openedNanos) {
        return false;
      }
      if (task.parentPid == openerPid) {
        return true;
      }
      Task parent = tasks.get(task.parentPid);
      // Another process may have the pid by now.
      task = parent != null && parent.bornNanos <= task.bornNanos ? parent : null;
    }
    return true;
  }

  /** The process of a pid as it is now, likewise. */
  Optional<Past> now(int pid) {
    return at(pid, BootClock.nanos());
  }

  private void fork(int parentPid, int pid, long timeNanos) {
    Task before = tasks.get(pid);
    if (before != null) {
      dropNewerReading(before, timeNanos);
    }
    Task task = new Task(pid, parentPid, timeNanos);
    Task parent = tasks.get(parentPid);
    if (parent == null) {
      parent = read(parentPid);
    }
    Image inherited = parent.at(timeNanos);
    if (inherited != null) {
      task.add(inherited);
    }
    put(task);
  }

  /** Describes a process whose fork was not seen by what /proc says now. */
  private Task read(int pid) {
    Task task = new Task(pid, 0, EVER);
    byte[] comm = procFs.read(pid, "comm");
    if (comm.length > 0) {
      String exe = new String(procFs.link(pid, "exe"), StandardCharsets.UTF_8);
      task.add(new Image(EVER, BootClock.nanos(), ProcessReader.name(comm), exe));
      put(task);
    }
    return task;
  }

  private void rename(int pid, String comm, boolean exec, long timeNanos) {
    Task task = tasks.get(pid);
    if (task == null) {
      task = new Task(pid, 0, EVER);
      put(task);
    }
    // A thread may call exec after the main thread has exited.
    task.ended = false;
    dropNewerReading(task, timeNanos);
    Image before = task.latest();
    Image image = new Image(timeNanos, EVER, comm, exec || before == null ? "" : before.exe);
    image.awaitsExe = exec;
    task.add(image);
  }

  private void map(int pid, String path) {
    Task task = tasks.get(pid);
    Image image = task == null ? null : task.latest();
    if (image != null && image.awaitsExe) {
      image.exe = path;
      image.awaitsExe = false;
    }
  }

  private void exit(int pid) {
    Task task = tasks.get(pid);
    if (task == null) {
      return;
    }
    task.ended = true;
    ended.add(task);
    if (ended.size() > MAX_ENDED) {
      Task oldest = ended.remove();
      if (oldest.ended) {
        tasks.remove(oldest.pid, oldest);
      }
    }
  }

  private static void dropNewerReading(Task task, long timeNanos) {
    for (Image image : task.images) {
      if (image.readNanos > timeNanos) {
        image.comm = null;
        image.exe = "";
      }
    }
  }

  private void put(Task task) {
    if (tasks.size() >= MAX_TASKS && !tasks.containsKey(task.pid)) {
      counters.increment(DaemonCounter.PROCESSES_FORGOTTEN);
    } else {
      tasks.put(task.pid, task);
    }
  }
}
