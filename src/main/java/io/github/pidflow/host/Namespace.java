package io.github.pidflow.host;

import io.github.pidflow.linux.NetNamespace;

/**
 * A network namespace under watch.
 *
 * @param id the number that {@code SocketKey} knows it by: {@link #OWN}, or one that is never
 *     reused
 * @param network its network as last read
 */
public record Namespace(int id, NetNamespace handle, HostNetwork network) {
  /** The id of the daemon's own namespace. */
  public static final int OWN = 0;
}
