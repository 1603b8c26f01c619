package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks that enter a network namespace, some of which leave it at once. */
@Timeout(60)
class NamespaceEntryIT {
  private static final long SOON_NANOS = 5_000_000_000L;
  private static final NamespaceListener NOBODY =
      new NamespaceListener() {
        @Override
        public void appeared(int id, NetNamespace handle) {}

        @Override
        public void rejected(int id) {}

        @Override
        public void ended(Namespace last) {}
      };

  private final HostNetworkAgent agent =
      new HostNetworkAgent(true, Path.of("/proc"), NOBODY, () -> {}, new DaemonCounters());
  private Process resident;

  @BeforeEach
  void start() throws IOException {
    agent.onStart();
  }

  @AfterEach
  void end() throws InterruptedException {
    if (resident != null) {
      resident.destroyForcibly().waitFor();
    }
    agent.onClose();
  }

  private void startResident(String... command) throws IOException {
    resident = new ProcessBuilder(command).start();
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(resident.getInputStream(), StandardCharsets.US_ASCII));
    assertEquals("in", out.readLine(), "needs root");
  }

  /**
   * Lets the agent work until it watches the namespace, well below the time between two scans. One
   * turn is enough unless the kernel has lost events: then a scan follows within a second.
   */
  private void awaitWatched(long inode) throws IOException {
    long deadline = System.nanoTime() + SOON_NANOS;
    do {
      agent.doWork();
    } while (!isWatched(inode) && System.nanoTime() - deadline < 0);
    assertTrue(isWatched(inode));
  }

  private boolean isWatched(long inode) {
    return agent.namespaces().stream().anyMatch(each -> each.handle().inode() == inode);
  }

  private static long inode(Path link) throws IOException {
    return NamespaceScan.parse(Files.readSymbolicLink(link).toString());
  }

  @Test
  void shouldFindANamespaceThroughTheOneTaskThatStays() throws Exception {
    startResident("unshare", "--net", "sh", "-c", "echo in; exec cat");
    String pid = Long.toString(resident.pid());
    for (int i = 0; i < 3; i++) {
      assertEquals(
          0, new ProcessBuilder("nsenter", "--target", pid, "--net", "true").start().waitFor());
    }

    awaitWatched(inode(Path.of("/proc/" + pid + "/ns/net")));
  }

  /** /proc/PID/ns/net of the process shows another namespace than that of its thread. */
  @Test
  void shouldKeepANamespaceThatOnlyAThreadIsIn() throws Exception {
    startResident(
        "python3",
        "-c",
        """
        import ctypes, sys, threading
        libc = ctypes.CDLL(None)
        def enter():
            if libc.unshare(0x40000000) == 0:
                print("in", flush=True)
            # Enters it again and again, in case the first event is lost.
            with open("/proc/thread-self/ns/net") as own:
                while not threading.Event().wait(0.2):
                    libc.setns(own.fileno(), 0)
        threading.Thread(target=enter, daemon=True).start()
        sys.stdin.read()
        """);
    Path process = Path.of("/proc/" + resident.pid());
    long own = inode(process.resolve("ns/net"));
    long inode = own;
    try (var threads = Files.list(process.resolve("task"))) {
      for (Path thread : threads.toList()) {
        long each = inode(thread.resolve("ns/net"));
        inode = each == own ? inode : each;
      }
    }
    assertFalse(inode == own);
    awaitWatched(inode);
    agent.scan(System.nanoTime());
    agent.scan(System.nanoTime());
    agent.scan(System.nanoTime());

    agent.publish();
    assertTrue(isWatched(inode));
  }

  /** Skipped where unprivileged users may not make user namespaces. */
  @Test
  void shouldTellWhichUserOwnsANamespace() throws Exception {
    resident =
        new ProcessBuilder(
                "setpriv",
                "--reuid",
                "4321",
                "--regid",
                "4321",
                "--clear-groups",
                "unshare",
                "--user",
                "--map-root-user",
                "--net",
                "sh",
                "-c",
                "echo in; exec cat")
            .start();
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(resident.getInputStream(), StandardCharsets.US_ASCII));
    assumeTrue("in".equals(out.readLine()));
    try (NetNamespace theirs = NetNamespace.ofProcess(Path.of("/proc"), (int) resident.pid());
        NetNamespace own = NetNamespace.own()) {
      assertEquals(4321, theirs.ownerUid());
      assertEquals(NetNamespace.ROOT, own.ownerUid());
    }
  }
}
