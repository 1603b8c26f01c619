package io.github.pidflow.ownership;

import io.github.pidflow.bpf.PortChanges;
import io.github.pidflow.bpf.SocketNotes;
import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.processes.RenameEvents;
import java.io.IOException;

/** Tests the optional kernel features of ownership, for {@code pidflow check}. */
public final class Probes {
  private Probes() {}

  /**
   * Loads and unloads the program that notes the creators of sockets.
   *
   * @throws IOException if the feature is not available, with the reason
   */
  public static void creations(OwnershipSettings settings) throws IOException {
    NotedProcesses.probe(SocketNotes::ofCreations, settings.procRoot());
  }

  /**
   * Loads and unloads the program that notes the closers of sockets.
   *
   * @throws IOException if the feature is not available, with the reason
   */
  public static void closings(OwnershipSettings settings) throws IOException {
    NotedProcesses.probe(SocketNotes::ofReleases, settings.procRoot());
  }

  /**
   * Loads and unloads the programs that report changes of UDP ports.
   *
   * @throws IOException if the feature is not available, with the reason
   */
  public static void portChanges() throws IOException {
    PortChanges.open().close();
  }

  /**
   * Subscribes to the kernel's task events and unsubscribes again.
   *
   * @throws IOException if the feature is not available, with the reason
   */
  public static void taskEvents(OwnershipSettings settings) throws IOException {
    RenameEvents.probe(settings.procRoot());
  }
}
