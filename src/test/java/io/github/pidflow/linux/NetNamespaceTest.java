package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs against a child process in a network namespace of its own. */
@Timeout(20)
class NetNamespaceTest {
  private static final Path PROC = Path.of("/proc");
  private static final int CAP_SYS_ADMIN = 21;

  private Process child;

  @BeforeEach
  void unshare() throws IOException {
    assumeTrue(Capabilities.has(CAP_SYS_ADMIN), "needs root");
    child = new ProcessBuilder("unshare", "-n", "sh", "-c", "echo in; exec cat").start();
    // The child has entered its namespace when it prints. Closing the reader would end the child.
    assertEquals(
        "in",
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))
            .readLine());
  }

  @AfterEach
  void end() throws InterruptedException {
    if (child != null) {
      child.destroyForcibly().waitFor();
    }
  }

  private static String link(String path) throws IOException {
    return Files.readSymbolicLink(Path.of(path)).toString();
  }

  private static String here() throws IOException {
    return link("/proc/thread-self/ns/net");
  }

  private NetNamespace ofChild() throws IOException {
    return NetNamespace.ofProcess(PROC, (int) child.pid());
  }

  @Test
  void shouldHaveTheInodeOfItsLink() throws IOException {
    try (NetNamespace own = NetNamespace.own();
        NetNamespace other = ofChild()) {
      assertEquals(here(), "net:[" + own.inode() + ']');
      assertEquals(link("/proc/" + child.pid() + "/ns/net"), "net:[" + other.inode() + ']');
      assertNotEquals(own.inode(), other.inode());
    }
  }

  @Test
  void shouldRunAnActionInsideAndReturn() throws IOException {
    String home = here();
    try (NetNamespace other = ofChild()) {
      List<String> devices =
          other.call(() -> Files.readAllLines(Path.of("/proc/thread-self/net/dev")));
      assertEquals(3, devices.size(), () -> "two header lines and lo: " + devices);
      assertEquals(other.toString(), other.call(NetNamespaceTest::here));
      assertEquals(home, here());
    }
  }

  @Test
  void shouldReturnWhenTheActionFails() throws IOException {
    String home = here();
    try (NetNamespace other = ofChild()) {
      IOException failure = new IOException("no");
      NetNamespace.Action<Void> failing =
          () -> {
            throw failure;
          };
      assertEquals(failure, assertThrows(IOException.class, () -> other.call(failing)));
      assertEquals(home, here());
    }
  }

  @Test
  void shouldOutliveItsProcess() throws Exception {
    try (NetNamespace other = ofChild()) {
      child.destroyForcibly().waitFor();
      assertEquals(other.toString(), other.call(NetNamespaceTest::here));
    }
  }

  @Test
  void shouldNotBeEnteredOnceClosed() throws IOException {
    NetNamespace other = ofChild();
    other.close();
    other.close();
    assertThrows(IllegalStateException.class, () -> other.call(NetNamespaceTest::here));
  }

  @Test
  void shouldReportThatThereIsNoSuchProcess() throws Exception {
    child.destroyForcibly().waitFor();
    NativeIoException e = assertThrows(NativeIoException.class, this::ofChild);
    assertEquals(Errno.ENOENT, e.errno());
  }
}
