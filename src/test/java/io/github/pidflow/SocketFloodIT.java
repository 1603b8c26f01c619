package io.github.pidflow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Receiver;
import io.github.pidflow.lab.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One user opens more sockets than pidflow knows. */
@Timeout(180)
class SocketFloodIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SOCKETS = 160_000;
  private static final int BURSTS = 20;
  private static final int BYTES = 1000;

  @Test
  void shouldKnowTheSocketsOfOthers() throws IOException {
    int before = 20_000;
    int after = 20_001;
    Process flood =
        host.start(
            new ProcessBuilder(Script.command("many_sockets.py", SOCKETS))
                .redirectError(ProcessBuilder.Redirect.INHERIT));
    try (Receiver first = Receiver.start(host, "--port", before);
        BufferedReader output =
            new BufferedReader(new InputStreamReader(flood.getInputStream(), UTF_8))) {
      assertEquals("ready", output.readLine());
      try (Daemon daemon = Daemon.start(host, "ring");
          Receiver second = Receiver.start(host, "--port", after)) {
        MetricsPage start = daemon.page();
        assertTrue(start.sum("pidflow_ownership_sockets_refused_total") >= SOCKETS - 65_536);

        send(before);
        send(after);

        long wanted = 5L * BURSTS * (BYTES + 28);
        MetricsPage page =
            daemon.await(
                "rx " + wanted + " twice",
                LIMIT,
                one ->
                    one.process(first.pid()).rx() == wanted
                        && one.process(second.pid()).rx() == wanted);
        page.assertConserved();
      }
    } finally {
      flood.destroy();
    }
  }

  private void send(int port) {
    remote.run(Script.command("bursts.py", link.a4().getHostAddress(), port, BURSTS, BYTES));
  }
}
