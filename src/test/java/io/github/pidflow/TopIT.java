package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.Screen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pidflow top} beside a running daemon: in a pipe, and on a terminal. */
@Timeout(240)
class TopIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final String JAR = System.getProperty("jar.under.test");
  private static final String TOP = JAVA + " -Xmx64m -jar " + JAR + " top";

  private NetLab lab;
  private Node host;
  private Peer sender;
  private Daemon daemon;

  @BeforeEach
  void build() {
    lab = NetLab.create();
    host = lab.node();
    Node remote = lab.node();
    Link link = lab.link(host, remote);
    sender = host.peer("sender");
    daemon = Daemon.start(host, "ring");
    Peer.finish(Connection.open(sender, remote.peer("far"), INET, link.b4()).upload(3_000_000));
  }

  @AfterEach
  void clear() {
    if (daemon != null) {
      daemon.close();
    }
    lab.close();
  }

  @Test
  void shouldPrintOnceToAPipe() {
    String line = host.run("sh", "-c", TOP + " --once --limit 5 | grep " + sender.pid());

    assertTrue(line.matches(" *" + sender.pid() + " sender +\\S+ +.* 3\\.\\d MB\\s*"), line);
  }

  @Test
  void shouldKeepPrintingToAPipeUntilItsReaderExits() {
    // Unless it ends by itself when head has exited, the command times out.
    String lines = host.run("sh", "-c", TOP + " --interval 1 | grep --line-buffered PID | head -3");

    assertEquals(3, lines.lines().filter(line -> line.contains("COMM")).count(), lines);
  }

  @Test
  void shouldResolveNamesBeyondTheDaemonsHostsFile(@TempDir Path folder) throws IOException {
    Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.9 localhost\n");
    String flag = " -Djdk.net.hosts.file=" + hosts + " -jar ";
    String lines = host.run("sh", "-c", TOP.replace(" -jar ", flag) + " --once");

    assertTrue(lines.contains("COMM"), lines);
  }

  @Test
  void shouldPrintTheApisAnswer() {
    String json = host.run("sh", "-c", TOP + " --once --json --match sender");

    assertEquals(
        sender.pid(),
        JsonParser.parseString(json)
            .getAsJsonObject()
            .getAsJsonObject("data")
            .getAsJsonArray("processes")
            .get(0)
            .getAsJsonObject()
            .get("pid")
            .getAsLong());
  }

  @Test
  void shouldReportAnUnreachableDaemonAndARefusedRequest() {
    String nobody = host.run("sh", "-c", TOP + " --once --url http://127.0.0.1:9; test $? = 1");
    String refused = host.run("sh", "-c", TOP + " --once --sort name; test $? = 1");

    assertTrue(nobody.contains("nothing listens on http://127.0.0.1:9"), nobody);
    assertTrue(refused.contains("parameter \"sort\" must be one of total, rx, tx"), refused);
  }

  @Test
  void shouldShowALiveTableOnATerminalUntilQ() throws InterruptedException {
    try (Screen screen = Screen.open(host, TOP + " --interval 1")) {
      screen.await("sender", LIMIT);
      screen.await("by total", LIMIT);
      screen.type("r");
      screen.await("by rx", LIMIT);
      screen.type("t");
      screen.await("by tx", LIMIT);
      screen.type("q");

      assertEquals(0, screen.awaitEnd(LIMIT));
      assertTrue(screen.text().contains("\u001b[?1049l"), "the previous screen is restored");
    }
  }

  @Test
  void shouldFitTheScreenAfterAResize() {
    // Only SIGWINCH can make it redraw within ten minutes.
    try (Screen screen = Screen.open(host, TOP + " --interval 600")) {
      screen.awaitFrame("the last column", LIMIT, frame -> frame.contains("UNIT"));
      screen.resize(72, 20);
      screen.awaitFrame(
          "all but the last column",
          LIMIT,
          frame -> frame.contains("SUM") && !frame.contains("UNIT"));
    }
  }

  @Test
  void shouldRestoreTheTerminalOnCtrlC() throws InterruptedException {
    try (Screen screen = Screen.open(host, TOP)) {
      screen.await("sender", LIMIT);
      screen.type("\u0003");

      assertEquals(0, screen.awaitEnd(LIMIT));
      assertTrue(screen.text().contains("\u001b[?1049l"), "the previous screen is restored");
    }
  }
}
