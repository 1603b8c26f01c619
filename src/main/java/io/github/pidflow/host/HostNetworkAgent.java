package io.github.pidflow.host;

import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.linux.TaskEvents;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link #namespaces()} current: the daemon's own network namespace and, unless only that one
 * is wanted, every other that a process lives in, each read anew for every change rtnetlink tells
 * of.
 *
 * <p>A namespace is found when the kernel tells of a process that enters it (perf), or, where that
 * is not to be had, by the next look at every process. It is let go once two looks in a row find no
 * process in it: as long as it is watched, the kernel keeps it.
 */
public final class HostNetworkAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(HostNetworkAgent.class);

  private static final int TASK_EVENTS = Integer.MAX_VALUE;

  /** How often to look whether an address has been gone for long enough. */
  private static final int DEPARTED_MILLIS = 500;

  /** Each takes a ring, some descriptors and a share of every look. */
  private static final int MAX_NAMESPACES = 512;

  private final boolean all;
  private final Path procRoot;
  private final NamespaceScan scan;
  private final NamespaceListener listener;
  private final Runnable onChange;
  private final Map<Long, WatchedNamespace> watched = new HashMap<>();
  private final Set<Long> refused = new HashSet<>();
  private final Set<Long> withoutRoom = new HashSet<>();
  private final DaemonCounters counters;
  private final int maxNamespaces;
  private volatile Poller poller;
  private TaskEvents tasks;
  private long tasksLost;
  private int nextId = Namespace.OWN + 1;
  private final LookSchedule looks = new LookSchedule(System.nanoTime());
  private volatile List<Namespace> namespaces = List.of();
  private volatile String refusal;

  /**
   * @param all whether other namespaces than the daemon's own are wanted
   * @param onChange run when {@link #namespaces()} is another list
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
    this.onChange = onChange;
    this.counters = counters;
    this.maxNamespaces = maxNamespaces;
    this.all = all;
    this.procRoot = procRoot;
    this.listener = listener;
    scan = new NamespaceScan(procRoot);
  }

  /** Every namespace watched, the daemon's own first: the same list while nothing changed. */
  public List<Namespace> namespaces() {
    return namespaces;
  }

  /** Why other namespaces cannot be entered, null while they can or are not wanted. */
  public String refusal() {
    return refusal;
  }

  @Override
  public void onStart() throws IOException {
    poller = Poller.open();
    NetNamespace own = NetNamespace.own();
    watch(new Namespace(Namespace.OWN, own, HostNetwork.UNKNOWN), 0);
    if (all) {
      try {
        tasks = TaskEvents.open(Set.of(TaskEvents.Kind.NAMESPACES));
        poller.add(tasks, TASK_EVENTS);
        looks.told();
      } catch (IOException e) {
        LOG.warn("a new network namespace is found only when looked for: {}", e.getMessage());
      }
      look(System.nanoTime());
    }
    publish();
  }

  @Override
  public int doWork() throws IOException {
    boolean changed = false;
    int ready = poller.await(waitMillis());
    for (int i = 0; i < ready; i++) {
      int token = poller.token(i);
      changed |= token == TASK_EVENTS ? followTasks() : reread(token);
    }
    long now = System.nanoTime();
    changed |= forgetDeparted(now);
    if (all && refusal == null && looks.isDue(now)) {
      changed |= look(now);
    }
    if (changed) {
      publish();
    }
    // Waiting for a change is this agent's idling.
    return 1;
  }

  private int waitMillis() {
    int wait = all && refusal == null ? looks.waitMillis(System.nanoTime()) : -1;
    boolean settled = watched.values().stream().noneMatch(WatchedNamespace::hasDeparted);
    return settled || (wait >= 0 && wait < DEPARTED_MILLIS) ? wait : DEPARTED_MILLIS;
  }

  private boolean forgetDeparted(long nowNanos) {
    boolean changed = false;
    for (WatchedNamespace each : watched.values()) {
      changed |= each.forgetDeparted(nowNanos);
    }
    return changed;
  }

  @Override
  public void wake() {
    Poller current = poller;
    if (current != null) {
      current.wake();
    }
  }

  private boolean followTasks() {
    Map<Long, Integer> entered = new HashMap<>();
    Map<Integer, Long> witnesses = new HashMap<>();
    watched.forEach((inode, each) -> witnesses.put(each.witness, inode));
    tasks.drain(
        new TaskEvents.Listener() {
          @Override
          public void onNamespaces(int pid, int tid, long netInode, long timeNanos) {
            if (isNew(netInode)) {
              entered.put(netInode, tid);
            }
            Long seenIn = pid == tid ? witnesses.get(pid) : null;
            if (seenIn != null && seenIn != netInode) {
              looks.soon();
            }
          }

          @Override
          public void onExit(int pid, long timeNanos) {
            if (witnesses.containsKey(pid)) {
              looks.soon();
            }
          }
        });
    if (tasks.lost() != tasksLost) {
      tasksLost = tasks.lost();
      looks.soon();
    }
    boolean changed = false;
    for (Map.Entry<Long, Integer> each : entered.entrySet()) {
      changed |=
          isNew(each.getKey()) && hasRoom(each.getKey()) && adopt(each.getValue(), each.getKey());
    }
    return changed;
  }

  private boolean isNew(long inode) {
    return refusal == null && !watched.containsKey(inode) && !refused.contains(inode);
  }

  private boolean hasRoom(long inode) {
    if (watched.size() < maxNamespaces) {
      withoutRoom.remove(inode);
      return true;
    }
    if (withoutRoom.add(inode)) {
      counters.increment(DaemonCounter.NAMESPACES_REFUSED);
      LOG.debug("network namespace {} is not watched: {} are", inode, maxNamespaces);
    }
    return false;
  }

  private boolean reread(int id) throws IOException {
    for (WatchedNamespace each : watched.values()) {
      if (each.namespace.id() == id && each.route.takeChange()) {
        each.read();
        return true;
      }
    }
    return false;
  }

  /** Looks at every process: adopts what is new, lets go what nobody lives in. */
  private boolean look(long nowNanos) {
    Map<Long, Integer> found = scan.run();
    long costNanos = System.nanoTime() - nowNanos;
    refused.retainAll(found.keySet());
    withoutRoom.retainAll(found.keySet());
    boolean changed = false;
    for (Map.Entry<Long, Integer> each : found.entrySet()) {
      if (isNew(each.getKey()) && hasRoom(each.getKey())) {
        changed |= adopt(each.getValue(), each.getKey());
      }
    }
    List<Long> left = new ArrayList<>();
    watched.forEach(
        (inode, each) -> {
          each.witness = found.getOrDefault(inode, 0);
          each.emptyLooks = found.containsKey(inode) ? 0 : each.emptyLooks + 1;
          if (each.emptyLooks > 1 && each.namespace.id() != Namespace.OWN) {
            left.add(inode);
          }
        });
    left.forEach(this::letGo);
    looks.looked(System.nanoTime(), costNanos);
    if (hasEmpty() || (!left.isEmpty() && !withoutRoom.isEmpty())) {
      looks.soon();
    }
    return changed || !left.isEmpty();
  }

  private boolean hasEmpty() {
    return watched.values().stream()
        .anyMatch(each -> each.emptyLooks > 0 && each.namespace.id() != Namespace.OWN);
  }

  /** Starts to watch the namespace of a process, unless it has gone elsewhere or ended. */
  private boolean adopt(int pid, long inode) {
    NetNamespace handle;
    try {
      handle = NetNamespace.ofProcess(procRoot, pid);
    } catch (IOException e) {
      LOG.debug("namespace {} of process {}: {}", inode, pid, e.getMessage());
      return false;
    }
    if (handle.inode() != inode) {
      handle.close();
      return false;
    }
    int id = nextId++;
    try {
      listener.appeared(id, handle);
      watch(new Namespace(id, handle, HostNetwork.UNKNOWN), pid);
      LOG.debug("network namespace {} is watched as {}", inode, id);
      return true;
    } catch (IOException e) {
      listener.rejected(id);
      handle.close();
      refused.add(inode);
      if (e instanceof NativeIoException cause && cause.errno() == Errno.EPERM) {
        refusal = e.getMessage();
        LOG.warn("only this network namespace is watched, others cannot be: {}", refusal);
      } else {
        LOG.warn("network namespace {} is not watched: {}", inode, e.getMessage());
      }
      return false;
    }
  }

  private void watch(Namespace namespace, int witness) throws IOException {
    // To enter even its own namespace the daemon would need a privilege.
    RouteNetlink route =
        namespace.id() == Namespace.OWN
            ? RouteNetlink.open()
            : namespace.handle().call(RouteNetlink::open);
    WatchedNamespace entry = new WatchedNamespace(route, namespace, witness);
    try {
      entry.read();
      route.pollWith(poller, namespace.id());
    } catch (IOException e) {
      route.close();
      throw e;
    }
    watched.put(namespace.handle().inode(), entry);
  }

  private void letGo(long inode) {
    WatchedNamespace gone = watched.remove(inode);
    LOG.debug("network namespace {} has ended", inode);
    gone.close();
  }

  private void publish() {
    List<Namespace> now = new ArrayList<>(watched.size());
    watched.values().forEach(each -> now.add(each.namespace));
    now.sort((one, other) -> Integer.compare(one.id(), other.id()));
    namespaces = List.copyOf(now);
    onChange.run();
  }

  @Override
  public void onClose() {
    List.copyOf(watched.keySet()).forEach(this::letGo);
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
