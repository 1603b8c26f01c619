package io.github.pidflow.host;

import io.github.pidflow.linux.NativeIoException;

/** A network namespace under watch: its rtnetlink sockets and its network as last read. */
final class WatchedNamespace implements AutoCloseable {
  private final RouteNetlink route;
  private final DepartedAddresses departed = new DepartedAddresses();
  private Namespace namespace;
  private int residentPid;
  private int emptyScans;

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

  /** Reads interfaces and addresses anew. */
  void read() throws NativeIoException {
    update(departed.with(route.read(), System.nanoTime()));
  }

  /** Reads them anew if rtnetlink has reported a change; returns whether it had. */
  boolean readIfChanged() throws NativeIoException {
    boolean changed = route.drainChanges();
    if (changed) {
      read();
    }
    return changed;
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
