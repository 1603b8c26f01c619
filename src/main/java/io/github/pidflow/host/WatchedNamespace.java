package io.github.pidflow.host;

import io.github.pidflow.linux.NativeIoException;

/** A network namespace under watch: its rtnetlink sockets and its network as last read. */
final class WatchedNamespace implements AutoCloseable {
  private final RouteNetlink route;
  private final DepartedAddresses departed = new DepartedAddresses();
  private Namespace namespace;
  private int residentPid;
  private int emptyScans;
  private boolean stale;

  WatchedNamespace(RouteNetlink route, Namespace namespace, int residentPid) {
    this.route = route;
    this.namespace = namespace;
    this.residentPid = residentPid;
  }

  Namespace namespace() {
    return namespace;
  }

  boolean isOwn() {
    return namespace.id() == Namespace.OWN;
  }

  /** A process seen in the namespace by the last scan, or 0: while it stays, there is no rush. */
  int residentPid() {
    return residentPid;
  }

  /** How many scans in a row have found no process in it. */
  int emptyScans() {
    return emptyScans;
  }

  /** Notes the outcome of a scan: a process in this namespace, or null for none. */
  void scanned(Integer pid) {
    residentPid = pid == null ? 0 : pid;
    emptyScans = pid == null ? emptyScans + 1 : 0;
  }

  /** Reads the network anew. */
  void read() throws NativeIoException {
    update(departed.with(route.read(), System.nanoTime()));
  }

  /**
   * Adds what rtnetlink's events have added, at once: a packet from a new address may be next.
   * {@link #readIfStale} does the rest.
   *
   * @return whether anything was added
   */
  boolean addChanges() throws NativeIoException {
    RouteNetlink.Changes changes = route.drainChanges();
    stale |= changes.any();
    if (!changes.addAny()) {
      return false;
    }
    update(namespace.network().with(changes.addresses, changes.broadcasts, changes.routes));
    return true;
  }

  /** Reads the network anew if an event has reported a change; returns whether one had. */
  boolean readIfStale() throws NativeIoException {
    if (!stale) {
      return false;
    }
    stale = false;
    read();
    return true;
  }

  boolean hasDepartedAddresses() {
    return !departed.isEmpty();
  }

  /** Drops addresses whose grace period is over; returns whether there were any. */
  boolean expireDepartedAddresses(long nowNanos) {
    boolean due = departed.isDue(nowNanos);
    if (due) {
      update(departed.withoutExpired(nowNanos));
    }
    return due;
  }

  private void update(HostNetwork network) {
    namespace = new Namespace(namespace.id(), namespace.handle(), network);
  }

  @Override
  public void close() {
    route.close();
    namespace.handle().close();
  }
}
