package io.github.pidflow.host;

import java.util.HashMap;
import java.util.Map;

/** The network of each namespace that is captured on, as it was last read. For one thread. */
public final class Networks {
  private final Map<Integer, HostNetwork> byNamespace = new HashMap<>();

  public void put(int namespace, HostNetwork network) {
    byNamespace.put(namespace, network);
  }

  public void remove(int namespace) {
    byNamespace.remove(namespace);
  }

  /** {@link HostNetwork#UNKNOWN} for a namespace that is not captured on. */
  public HostNetwork of(int namespace) {
    return byNamespace.getOrDefault(namespace, HostNetwork.UNKNOWN);
  }

  /** The name of an interface, or its index in words where it has gone. */
  public String interfaceName(int namespace, int interfaceIndex) {
    return of(namespace).interfaces().stream()
        .filter(each -> each.index() == interfaceIndex)
        .map(NetworkInterface::name)
        .findFirst()
        .orElse("interface " + interfaceIndex);
  }
}
