package io.github.pidflow.sockets;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.config.OwnershipSettings.Source;
import io.github.pidflow.linux.NativeIoException;
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
      LOG.warn("sockets are read from /proc/net, slower: {}", e.getMessage());
      return procNet;
    }
  }
}
