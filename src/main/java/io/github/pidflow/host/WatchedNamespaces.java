package io.github.pidflow.host;

import io.github.pidflow.linux.Diagnosis;
import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network namespaces under watch, by inode. Their number is bounded, since each takes a ring,
 * some descriptors and a share of every scan. A namespace is dropped after two scans in a row have
 * found no process in it: as long as it is watched, the kernel keeps it alive.
 */
final class WatchedNamespaces implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedNamespaces.class);
  private static final int MAX_EMPTY_SCANS = 1;
  private static final int MAX_PASSED_THROUGH = 4096;

  private final Path procRoot;
  private final NamespaceListener listener;
  private final DaemonCounters counters;
  private final int capacity;
  private final Poller poller;
  private final Map<Long, WatchedNamespace> watched = new HashMap<>();
  private final UserShares shares;

  /** Inodes of namespaces that could not be watched. They are not tried again. */
  private final Set<Long> failed = new HashSet<>();

  /** Inodes of namespaces refused for lack of room. They are tried again, and counted once. */
  private final Set<Long> withoutRoom = new HashSet<>();

  /** Inodes of namespaces refused since their user has too many. They too are tried again. */
  private final Set<Long> overShare = new HashSet<>();

  /**
   * Inodes of namespaces that tasks had left before they could be opened. A scan looks for each of
   * them once: some programs enter a namespace only to configure it, again and again.
   */
  private final Set<Long> passedThrough = new HashSet<>();

  /** Whether any was added to those since the last scan. */
  private boolean missing;

  private int nextId = Namespace.OWN + 1;
  private String refusal;

  WatchedNamespaces(
      Path procRoot,
      NamespaceListener listener,
      DaemonCounters counters,
      int capacity,
      Poller poller) {
    this.procRoot = procRoot;
    this.listener = listener;
    this.counters = counters;
    this.capacity = capacity;
    this.poller = poller;
    shares = new UserShares(capacity, System.nanoTime());
  }

  /** Watches the daemon's own namespace. */
  void addOwn() throws IOException {
    // Even entering its own namespace would require a privilege.
    watch(
        new Namespace(Namespace.OWN, NetNamespace.own(), HostNetwork.UNKNOWN),
        RouteNetlink.open(),
        0);
  }

  /** Why the kernel does not let this process enter other namespaces, or null if it does. */
  String refusal() {
    return refusal;
  }

  /** Whether the namespace is one that {@link #add} would try to watch, if there is room. */
  boolean isCandidate(long inode) {
    return refusal == null && !watched.containsKey(inode) && !failed.contains(inode);
  }

  /**
   * Watches a namespace if it is a candidate and there is room.
   *
   * @param tasks processes or threads that were in it; some may have left it or ended since
   * @return whether it is now watched
   */
  boolean add(long inode, Iterable<Integer> tasks) {
    if (!isCandidate(inode) || !hasRoom(inode)) {
      return false;
    }
    for (int task : tasks) {
      if (enter(inode, task)) {
        return true;
      }
      if (!isCandidate(inode) || overShare.contains(inode)) {
        return false;
      }
    }
    if (passedThrough.size() >= MAX_PASSED_THROUGH) {
      passedThrough.clear();
    }
    missing |= passedThrough.add(inode);
    return false;
  }

  /** Whether a scan should look for a namespace that no task could be found in. */
  boolean isMissingAny() {
    return missing;
  }

  private boolean hasRoom(long inode) {
    if (watched.size() < capacity) {
      withoutRoom.remove(inode);
      return true;
    }
    if (withoutRoom.add(inode)) {
      counters.increment(DaemonCounter.NAMESPACES_REFUSED);
      LOG.debug("network namespace {} is not watched: the limit is {}", inode, capacity);
    }
    return false;
  }

  private boolean hasShare(long inode, NetNamespace handle) {
    long owner = handle.ownerUid();
    if (shares.admit(inode, owner, System.nanoTime())) {
      overShare.remove(inode);
      return true;
    }
    if (overShare.add(inode)) {
      counters.increment(DaemonCounter.NAMESPACES_REFUSED);
      LOG.debug("network namespace {} is not watched: user {} makes too many", inode, owner);
    }
    return false;
  }

  /** Opens the namespace of a process, unless the process has left it or ended. */
  private boolean enter(long inode, int pid) {
    NetNamespace handle;
    try {
      handle = NetNamespace.ofProcess(procRoot, pid);
    } catch (IOException e) {
      LOG.debug("cannot open network namespace {} of process {}: {}", inode, pid, e.getMessage());
      return false;
    }
    if (handle.inode() != inode) {
      handle.close();
      return false;
    }
    if (!hasShare(inode, handle)) {
      handle.close();
      return false;
    }
    int id = nextId++;
    try {
      listener.appeared(id, handle);
      watch(new Namespace(id, handle, HostNetwork.UNKNOWN), handle.call(RouteNetlink::open), pid);
      LOG.debug("watching network namespace {} as number {}", inode, id);
      return true;
    } catch (IOException e) {
      shares.release(inode);
      listener.rejected(id);
      handle.close();
      failed.add(inode);
      if (e instanceof NativeIoException cause && cause.errno() == Errno.EPERM) {
        refusal = e.getMessage();
        LOG.warn(Feature.NAMESPACES.missing(refusal, Diagnosis.read().namespacesFix(e)));
      } else {
        LOG.warn("network namespace {} is not watched: {}", inode, e.getMessage());
      }
      return false;
    }
  }

  private void watch(Namespace namespace, RouteNetlink route, int residentPid) throws IOException {
    WatchedNamespace entry = new WatchedNamespace(route, namespace, residentPid);
    try {
      entry.read();
      route.pollWith(poller, namespace.id());
    } catch (IOException e) {
      route.close();
      throw e;
    }
    watched.put(namespace.handle().inode(), entry);
  }

  /**
   * Adds and drops namespaces according to a scan of all processes.
   *
   * @param found processes in each namespace, by the namespace's inode
   * @return whether any was added or dropped
   */
  boolean reconcile(Map<Long, List<Integer>> found) {
    failed.retainAll(found.keySet());
    withoutRoom.retainAll(found.keySet());
    overShare.retainAll(found.keySet());
    missing = false;
    boolean changed = false;
    for (Map.Entry<Long, List<Integer>> each : found.entrySet()) {
      changed |= add(each.getKey(), each.getValue());
    }
    List<Long> ended = new ArrayList<>();
    watched.forEach(
        (inode, each) -> {
          List<Integer> residents = found.get(inode);
          each.scanned(residents == null ? null : residents.get(0));
          if (each.emptyScans() > MAX_EMPTY_SCANS && !each.isOwn()) {
            ended.add(inode);
          }
        });
    ended.forEach(this::drop);
    return changed || !ended.isEmpty();
  }

  /** Whether an early scan would pay: to drop an empty namespace, or to use room there is now. */
  boolean wantsScan() {
    boolean couldAdd = !(withoutRoom.isEmpty() && overShare.isEmpty()) && watched.size() < capacity;
    return couldAdd
        || watched.values().stream().anyMatch(each -> each.emptyScans() > 0 && !each.isOwn());
  }

  /** The resident process of each namespace, with the namespace's inode. */
  Map<Integer, Long> residents() {
    Map<Integer, Long> residents = new HashMap<>();
    watched.forEach((inode, each) -> residents.put(each.residentPid(), inode));
    return residents;
  }

  /** See {@link WatchedNamespace#addChanges}. */
  boolean addChanges(int id) throws NativeIoException {
    for (WatchedNamespace each : watched.values()) {
      if (each.namespace().id() == id) {
        return each.addChanges();
      }
    }
    return false;
  }

  /** Reads the network of each namespace that has changed; returns whether one had. */
  boolean readStale() throws NativeIoException {
    boolean changed = false;
    for (WatchedNamespace each : watched.values()) {
      changed |= each.readIfStale();
    }
    return changed;
  }

  boolean haveDepartedAddresses() {
    return watched.values().stream().anyMatch(WatchedNamespace::hasDepartedAddresses);
  }

  /** Drops addresses whose grace period is over; returns whether there were any. */
  boolean expireDepartedAddresses(long nowNanos) {
    boolean changed = false;
    for (WatchedNamespace each : watched.values()) {
      changed |= each.expireDepartedAddresses(nowNanos);
    }
    return changed;
  }

  /** The namespaces by id, the daemon's own first. */
  List<Namespace> snapshot() {
    return watched.values().stream()
        .map(WatchedNamespace::namespace)
        .sorted(Comparator.comparingInt(Namespace::id))
        .toList();
  }

  private void drop(long inode) {
    WatchedNamespace entry = watched.remove(inode);
    entry.close();
    shares.release(inode);
    if (!entry.isOwn()) {
      listener.ended(entry.namespace());
    }
    LOG.debug("network namespace {} has ended", inode);
  }

  @Override
  public void close() {
    List.copyOf(watched.keySet()).forEach(this::drop);
  }
}
