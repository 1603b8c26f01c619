package io.github.pidflow.host;

import io.github.pidflow.linux.NativeIoException;

/** A network namespace that is watched: how its network is read, and how it was last. */
final class WatchedNamespace implements AutoCloseable {
  final RouteNetlink route;

  /** Somebody who was seen in it: as long as he is, it is not empty. */
  int witness;

  /** Looks at every process, one after the other, that found nobody in it. */
  int emptyLooks;

  Namespace namespace;
  private final DepartedAddresses departed = new DepartedAddresses();

  WatchedNamespace(RouteNetlink route, Namespace namespace, int witness) {
    this.route = route;
    this.namespace = namespace;
    this.witness = witness;
  }

  void read() throws NativeIoException {
    use(departed.with(route.read(), System.nanoTime()));
  }

  boolean hasDeparted() {
    return !departed.isEmpty();
  }

  /** Lets addresses go that left long enough ago; whether there were any. */
  boolean forgetDeparted(long nowNanos) {
    boolean due = departed.isDue(nowNanos);
    if (due) {
      use(departed.withoutOld(nowNanos));
    }
    return due;
  }

  private void use(HostNetwork network) {
    namespace = new Namespace(namespace.id(), namespace.handle(), network);
  }

  @Override
  public void close() {
    route.close();
    namespace.handle().close();
  }
}
