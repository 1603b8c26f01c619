package io.github.pidflow.host;

import io.github.pidflow.linux.NetNamespace;

/**
 * A network namespace that is watched, and its network as it was when last read.
 *
 * @param id what {@code SocketKey} calls it: {@link #OWN}, or a number that is never given again
 */
public record Namespace(int id, NetNamespace handle, HostNetwork network) {
  /** The id of the namespace the daemon itself is in. */
  public static final int OWN = 0;
}
