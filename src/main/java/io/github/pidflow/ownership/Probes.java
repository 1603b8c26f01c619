package io.github.pidflow.ownership;

import io.github.pidflow.bpf.SocketNotes;
import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.processes.ProcFs;
import io.github.pidflow.processes.RenameEvents;
import java.io.IOException;

/** Tries what the kernel may tell of sockets and processes, for {@code pidflow check}. */
public final class Probes {
  private Probes() {}

  /**
   * Tries to have the kernel note who creates sockets.
   *
   * @throws IOException why it is not to be had
   */
  public static void creations(OwnershipSettings settings) throws IOException {
    NotedProcesses.probe(SocketNotes::ofCreations, new ProcFs(settings.procRoot()));
  }

  /**
   * Tries to have the kernel note who closes sockets.
   *
   * @throws IOException why it is not to be had
   */
  public static void closings(OwnershipSettings settings) throws IOException {
    NotedProcesses.probe(SocketNotes::ofReleases, new ProcFs(settings.procRoot()));
  }

  /**
   * Tries to have the kernel tell of renamed processes.
   *
   * @throws IOException why it is not to be had
   */
  public static void taskEvents(OwnershipSettings settings) throws IOException {
    RenameEvents.probe(settings.procRoot());
  }
}
