package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process changes its name while it keeps sending, and no scan comes that would notice. */
@Timeout(120)
class RenameIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String BYTES = "pidflow_bytes_total";
  private static final String GROUP_BYTES = "pidflow_group_bytes_total";
  private static final String NO_SCANS =
      "pidflow.ownership { scan-interval-busy = 1h, scan-interval-quiet = 1h }";
  private static final int HEADERS = 20 + 8;

  /** On command, sends a datagram of the given size, takes another name, or becomes cat. */
  private static final String SENDER =
      """
      import ctypes, os, socket, sys
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      s.connect(("%s", %d))
      ctypes.CDLL(None).prctl(15, b"before", 0, 0, 0)
      for line in iter(sys.stdin.readline, ""):
          word, argument = line.split()
          if word == "send":
              s.send(b"x" * int(argument))
          elif word == "rename":
              ctypes.CDLL(None).prctl(15, argument.encode(), 0, 0, 0)
          else:
              os.dup2(s.fileno(), 1)
              os.execvp(argument, [argument])
      """;

  private Process sender;
  private OutputStream stdin;

  @BeforeEach
  void build() {
    int port = remote.peer("far").udp(INET).port();
    sender =
        host.start(
            new ProcessBuilder("python3", "-c", SENDER.formatted(link.b4().getHostAddress(), port))
                .redirectError(ProcessBuilder.Redirect.INHERIT));
    stdin = sender.getOutputStream();
  }

  private void tell(String line) throws IOException {
    stdin.write((line + '\n').getBytes(UTF_8));
    stdin.flush();
  }

  private void awaitName(Daemon daemon, String comm) {
    daemon.await(
        "comm " + comm,
        LIMIT,
        page -> !page.series(BYTES, "pid", Long.toString(sender.pid()), "comm", comm).isEmpty());
  }

  private static MetricsPage awaitSent(Daemon daemon, String comm, int bytes) {
    return daemon.await(bytes + " bytes of " + comm, LIMIT, page -> sent(page, comm) == bytes);
  }

  private static long sent(MetricsPage page, String comm) {
    return page.sum(GROUP_BYTES, "group", comm, "direction", "tx");
  }

  @Test
  void shouldAttributeBytesAfterARenameToTheNewName() throws IOException {
    try (Daemon daemon = Daemon.start(host, "ring", NO_SCANS)) {
      tell("send 1000");
      awaitSent(daemon, "before", HEADERS + 1000);
      tell("rename after");
      awaitName(daemon, "after");
      tell("send 300");
      MetricsPage page = awaitSent(daemon, "after", HEADERS + 300);
      assertEquals(HEADERS + 1000, sent(page, "before"), page.traffic());
    }
  }

  @Test
  void shouldAttributeBytesAfterAnExecToTheNewProgram() throws IOException {
    try (Daemon daemon = Daemon.start(host, "ring", NO_SCANS)) {
      tell("send 1000");
      awaitSent(daemon, "before", HEADERS + 1000);
      tell("exec cat");
      awaitName(daemon, "cat");
      tell("x".repeat(299));
      MetricsPage page = awaitSent(daemon, "cat", HEADERS + 300);
      assertEquals(HEADERS + 1000, sent(page, "before"), page.traffic());
      assertEquals(1, page.sum("pidflow_component_up", "component", "task-events"));
    }
  }
}
