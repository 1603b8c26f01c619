package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More network namespaces than may be watched. */
@Timeout(60)
class NamespaceLimitIT {
  private static final int PROCESSES = 4;

  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    for (int i = 0; i < PROCESSES; i++) {
      Process process = new ProcessBuilder("unshare", "--net", "sleep", "60").start();
      processes.add(process);
      Path link = Path.of("/proc/" + process.pid() + "/ns/net");
      while (Files.readSymbolicLink(link).equals(own)) {
        assertTrue(process.isAlive(), "unshare(1) needs root");
        Thread.onSpinWait();
      }
    }
  }

  @AfterEach
  void end() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void shouldWatchNoMoreThanItMayAndCountTheOthersOnce() throws Exception {
    DaemonCounters counters = new DaemonCounters();
    List<Integer> appeared = new ArrayList<>();
    NamespaceListener listener =
        new NamespaceListener() {
          @Override
          public void appeared(int id, NetNamespace handle) {
            appeared.add(id);
          }

          @Override
          public void rejected(int id) {
            appeared.remove((Integer) id);
          }

          @Override
          public void ended(Namespace last) {
            appeared.remove((Integer) last.id());
          }
        };
    int limit = 3;
    HostNetworkAgent agent =
        new HostNetworkAgent(true, Path.of("/proc"), listener, () -> {}, counters, limit);
    agent.onStart();
    try {
      assertEquals(limit, agent.namespaces().size());
      assertEquals(limit - 1, appeared.size());
      long refused = counters.value(DaemonCounter.NAMESPACES_REFUSED);
      assertTrue(refused >= PROCESSES + 1 - limit, refused + " refused");
    } finally {
      agent.onClose();
    }
  }
}
