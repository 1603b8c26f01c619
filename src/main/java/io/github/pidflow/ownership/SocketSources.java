package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.config.OwnershipSettings.Source;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.SocketNotes;
import java.io.IOException;
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
   * Tries to have the kernel note who creates sockets.
   *
   * @throws IOException why it is not to be had
   */
  public static void probeCreations(OwnershipSettings settings) throws IOException {
    NotedProcesses.probe(SocketNotes::ofCreations, new ProcFs(settings.procRoot()));
  }

  /**
   * Tries to have the kernel note who closes sockets.
   *
   * @throws IOException why it is not to be had
   */
  public static void probeClosings(OwnershipSettings settings) throws IOException {
    NotedProcesses.probe(SocketNotes::ofReleases, new ProcFs(settings.procRoot()));
  }

  /**
   * Tries to have the kernel tell of renamed processes.
   *
   * @throws IOException why it is not to be had
   */
  public static void probeTaskEvents(OwnershipSettings settings) throws IOException {
    NameEvents.probe(settings.procRoot());
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
