package io.github.pidflow.host;

import io.github.pidflow.linux.NetNamespace;
import java.io.IOException;

/**
 * Notified of each network namespace as soon as it is found, before its network is read: packets
 * captured from that moment on can be attributed later. Called on the thread that finds them.
 */
public interface NamespaceListener {
  /** Starts to capture in a namespace. An implementation that throws must clean up first. */
  void appeared(int id, NetNamespace handle) throws IOException;

  /** A namespace that had appeared will not be watched after all. */
  void rejected(int id);

  /**
   * A namespace that had appeared is no longer watched. Called before those that are left are
   * published.
   */
  void ended(Namespace last);
}
