package io.github.pidflow.host;

import io.github.pidflow.linux.Poller;
import io.github.pidflow.linux.TaskEvents;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Published;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the network namespaces of this host and their networks: the daemon's own and, unless
 * only that one is wanted, every other one that a process lives in. Each is read anew when
 * rtnetlink(7) reports a change.
 *
 * <p>A new namespace is found as soon as the kernel reports a process that enters it (perf events)
 * or, where those are not available, by the next scan of all processes.
 */
public final class HostNetworkAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(HostNetworkAgent.class);

  private static final int TASK_EVENTS = Integer.MAX_VALUE;

  /** The longest wait while there are departed addresses to expire. */
  private static final int DEPARTED_MILLIS = 500;

  private static final int MAX_NAMESPACES = 512;

  private final boolean all;
  private final Path procRoot;
  private final NamespaceScan scan;
  private final NamespaceListener listener;
  private final Runnable onChange;
  private final DaemonCounters counters;
  private final int maxNamespaces;
  private final ScanSchedule schedule = new ScanSchedule(System.nanoTime());
  private final Published<List<Namespace>> namespaces = new Published<>(List.of());
  private final Published<String> refusal = new Published<>(null);

  // Volatile for wake() alone, which any thread may call before the agent has started.
  private volatile Poller poller;
  private WatchedNamespaces watched;
  private TaskEvents tasks;
  private long tasksLost;

  /**
   * @param all whether to watch other namespaces than the daemon's own
   * @param onChange run on the agent's thread whenever {@link #namespaces()} has changed
   */
  public HostNetworkAgent(
      boolean all,
      Path procRoot,
      NamespaceListener listener,
      Runnable onChange,
      DaemonCounters counters) {
    this(all, procRoot, listener, onChange, counters, MAX_NAMESPACES);
  }

  HostNetworkAgent(
      boolean all,
      Path procRoot,
      NamespaceListener listener,
      Runnable onChange,
      DaemonCounters counters,
      int maxNamespaces) {
    this.all = all;
    this.procRoot = procRoot;
    this.listener = listener;
    this.onChange = onChange;
    this.counters = counters;
    this.maxNamespaces = maxNamespaces;
    scan = new NamespaceScan(procRoot);
  }

  /** The namespaces under watch, the daemon's own first; for any thread. */
  public List<Namespace> namespaces() {
    return namespaces.latest();
  }

  /** A reader that follows {@link #namespaces()}, for one thread. */
  public Published.Reader<List<Namespace>> namespaceReader() {
    return namespaces.reader();
  }

  /** Why other namespaces cannot be entered; null if they can or are not wanted. */
  public String refusal() {
    return refusal.latest();
  }

  @Override
  public void onStart() throws IOException {
    poller = Poller.open();
    watched = new WatchedNamespaces(procRoot, listener, counters, maxNamespaces, poller);
    watched.addOwn();
    if (all) {
      openTaskEvents();
      scan(System.nanoTime());
    }
    publish();
  }

  private void openTaskEvents() {
    try {
      tasks = TaskEvents.open(Set.of(TaskEvents.Kind.NAMESPACES));
      poller.add(tasks, TASK_EVENTS);
      schedule.relyOnEvents();
    } catch (IOException e) {
      LOG.warn("new network namespaces are found only by scanning: {}", e.getMessage());
    }
  }

  @Override
  public int doWork() throws IOException {
    boolean changed = false;
    int ready = poller.await(waitMillis());
    for (int i = 0; i < ready; i++) {
      int token = poller.token(i);
      changed |= token == TASK_EVENTS ? drainTaskEvents() : watched.addChanges(token);
    }
    if (changed) {
      // Reading networks anew takes milliseconds, in which packets come.
      publish();
    }
    changed = watched.readStale();
    long now = System.nanoTime();
    changed |= watched.expireDepartedAddresses(now);
    if (isScanning() && schedule.isDue(now)) {
      changed |= scan(now);
    }
    if (changed) {
      publish();
    }
    // The wait above is this agent's idling.
    return 1;
  }

  private boolean isScanning() {
    return all && watched.refusal() == null;
  }

  private int waitMillis() {
    int wait = isScanning() ? schedule.waitMillis(System.nanoTime()) : -1;
    boolean shorten = watched.haveDepartedAddresses() && (wait < 0 || wait > DEPARTED_MILLIS);
    return shorten ? DEPARTED_MILLIS : wait;
  }

  /** Watches namespaces that processes have entered; schedules a scan if one may be empty now. */
  private boolean drainTaskEvents() {
    Entrants entrants = new Entrants();
    Map<Integer, Long> residents = watched.residents();
    tasks.drain(
        new TaskEvents.Listener() {
          @Override
          public void onNamespaces(int pid, int tid, long netInode, long timeNanos) {
            if (watched.isCandidate(netInode)) {
              entrants.add(netInode, tid);
            }
            Long home = pid == tid ? residents.get(pid) : null;
            if (home != null && home != netInode) {
              schedule.bringForward();
            }
          }

          @Override
          public void onExit(int pid, long timeNanos) {
            if (residents.containsKey(pid)) {
              schedule.bringForward();
            }
          }
        });
    if (tasks.lost() != tasksLost) {
      tasksLost = tasks.lost();
      schedule.bringForward();
    }
    boolean changed = false;
    for (Map.Entry<Long, Deque<Integer>> each : entrants.byNamespace().entrySet()) {
      changed |= watched.add(each.getKey(), each.getValue());
    }
    if (watched.isMissingAny() || entrants.isCut()) {
      schedule.bringForward();
    }
    refusal.publish(watched.refusal());
    return changed;
  }

  boolean scan(long nowNanos) {
    Map<Long, List<Integer>> found = scan.run();
    // A namespace that only threads of processes of another one are in.
    watched
        .residents()
        .forEach(
            (task, inode) -> {
              if (!found.containsKey(inode) && scan.inode(task) == inode) {
                found.put(inode, List.of(task));
              }
            });
    long costNanos = System.nanoTime() - nowNanos;
    boolean changed = watched.reconcile(found);
    refusal.publish(watched.refusal());
    schedule.scanned(System.nanoTime(), costNanos);
    if (watched.wantsScan() || watched.isMissingAny()) {
      schedule.bringForward();
    }
    return changed;
  }

  void publish() {
    namespaces.publish(watched.snapshot());
    onChange.run();
  }

  @Override
  public void wake() {
    Poller current = poller;
    if (current != null) {
      current.wake();
    }
  }

  @Override
  public void onClose() {
    if (watched != null) {
      watched.close();
    }
    if (tasks != null) {
      tasks.close();
    }
    if (poller != null) {
      poller.close();
    }
  }

  @Override
  public String roleName() {
    return "host-network";
  }
}
