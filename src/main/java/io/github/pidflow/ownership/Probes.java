package io.github.pidflow.ownership;

import io.github.pidflow.bpf.PortChanges;
import io.github.pidflow.bpf.SocketNotes;
import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.processes.NotedProcesses;
import io.github.pidflow.processes.PidNamespace;
import io.github.pidflow.processes.RenameEvents;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.SendEvents;
import java.io.IOException;
import java.util.List;

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
   * Scans sockets and processes once.
   *
   * @return why no process can be named, and the fix; empty if some can
   */
  public static String blindness(OwnershipSettings settings) throws IOException {
    OwnershipAgent agent = new OwnershipAgent(settings, new DaemonCounters(), List::of);
    try {
      agent.onStart();
      return agent.blindness();
    } finally {
      agent.onClose();
      agent.close();
    }
  }

  /**
   * Subscribes to the kernel's task events and unsubscribes again.
   *
   * @throws IOException if the feature is not available, with the reason
   */
  public static void taskEvents(OwnershipSettings settings) throws IOException {
    RenameEvents.probe(settings.procRoot());
  }

  /**
   * Subscribes to the kernel's reports of sends and unsubscribes again.
   *
   * @throws IOException if the feature is not available, with the reason
   */
  public static void sendEvents(OwnershipSettings settings) throws IOException {
    PidNamespace.requireOwn(settings.procRoot());
    SendEvents.probe();
  }
}
