package io.github.pidflow.host;

import io.github.pidflow.linux.NetNamespace;
import java.io.IOException;

/**
 * Told of namespaces as they are found, on the thread that finds them, before anything else is read
 * of them: what is captured from that moment on can be attributed later.
 */
public interface NamespaceListener {
  /** Starts to capture in a namespace; what it throws, it has cleaned up after. */
  void appeared(int id, NetNamespace handle) throws IOException;

  /** Says that a namespace that appeared will not be watched after all. */
  void rejected(int id);
}
