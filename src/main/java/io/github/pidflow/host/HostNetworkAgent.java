package io.github.pidflow.host;

import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.runtime.Agent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps {@link #network()} current: a new one for every change rtnetlink tells of. */
public final class HostNetworkAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(HostNetworkAgent.class);
  private static final int WAIT_MILLIS = 100;

  private RouteNetlink route;
  private volatile HostNetwork network = HostNetwork.UNKNOWN;

  public HostNetwork network() {
    return network;
  }

  @Override
  public void onStart() throws NativeIoException {
    route = RouteNetlink.open();
    network = route.read();
  }

  @Override
  public int doWork() throws NativeIoException {
    if (!route.awaitChange(WAIT_MILLIS)) {
      return 0;
    }
    network = route.read();
    LOG.debug("network changed: {} interfaces", network.interfaces().size());
    return 1;
  }

  @Override
  public void onClose() {
    if (route != null) {
      route.close();
    }
  }

  @Override
  public String roleName() {
    return "host-network";
  }
}
