package io.github.pidflow.sockets;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.config.OwnershipSettings.Source;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses where sockets are listed. */
public final class SocketSources {
  private static final Logger LOG = LoggerFactory.getLogger(SocketSources.class);

  private SocketSources() {}

  /**
   * Tries sock_diag.
   *
   * @throws NativeIoException why it is not to be had
   */
  public static void probeSockDiag(OwnershipSettings settings) throws NativeIoException {
    SockDiagSource.open(new ProcNetSource(settings.procRoot())).close();
  }

  /**
   * Tries to subscribe to the kernel's reports of closed sockets.
   *
   * @throws NativeIoException if the kernel refuses
   */
  public static void probeDestructions() throws NativeIoException {
    try (Poller poller = Poller.open()) {
      SocketDestroyEvents.open(Namespace.OWN, new DaemonCounters(), poller).close();
    }
  }

  static SocketSource open(OwnershipSettings settings) throws NativeIoException {
    ProcNetSource procNet = new ProcNetSource(settings.procRoot());
    if (settings.source() == Source.PROC) {
      return procNet;
    }
    try {
      return SockDiagSource.open(procNet);
    } catch (NativeIoException e) {
      if (settings.source() == Source.SOCK_DIAG) {
        throw e;
      }
      LOG.warn(Feature.SOCK_DIAG.missing(e.getMessage()));
      return procNet;
    }
  }
}
