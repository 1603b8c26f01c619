package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Browser;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.Peer;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page in a real browser, on a host without a route to any other network. */
@Timeout(240)
class PageIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String HOSTILE = "<b>x</b>\"&'";

  @Test
  void shouldShowTrafficOfAProcessWithAHostileName() {
    Peer far = remote.peer("far");
    Peer sender = host.peer("sender");
    Peer hostile = host.peer(HOSTILE);
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Peer.finish(Connection.open(sender, far, INET, link.b4()).upload(3_000_000));
      Peer.finish(Connection.open(hostile, far, INET, link.b4()).upload(2_000_000));

      Browser.Visit visit = visitUntilCoursesAreDrawn(sender);
      Matcher row = row(visit.dom(), sender.pid(), "sender");

      assertEquals("", visit.console(), "nothing was refused, and no script failed");
      assertTrue(row.find(), visit.dom());
      assertTrue(row.group("tx").matches("[0-9.]+ [kM]B/s"), row.group());
      assertTrue(row.group("sum").matches("3\\.[0-9] MB"), row.group());
      assertTrue(
          row(visit.dom(), hostile.pid(), "&lt;b&gt;x&lt;/b&gt;\"&amp;'").find(), visit.dom());
      assertFalse(visit.dom().contains("<b>"), visit.dom());
      assertTrue(visit.dom().contains("class=\"good\">capturing<"), visit.dom());
      assertTrue(daemon.log().lines().noneMatch(line -> line.contains("ERROR")), daemon.log());
    }
  }

  /** A line needs two steps of five seconds, and the daemon has only just started. */
  private Browser.Visit visitUntilCoursesAreDrawn(Peer peer) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      Browser.Visit visit = Browser.visit(host, "http://127.0.0.1:10067/");
      Matcher row = row(visit.dom(), peer.pid(), peer.comm());
      if (row.find() && row.group("course").matches(".*<path class=\"tx\" d=\"M[^\"]*L.*")) {
        return visit;
      }
      assertTrue(System.nanoTime() - deadline < 0, visit.dom());
    }
  }

  private static Matcher row(String dom, long pid, String commAsHtml) {
    return Pattern.compile(
            "<td class=\"number\">%d</td><td class=\"name\"[^>]*>%s</td>"
                    .formatted(pid, Pattern.quote(commAsHtml))
                + "<td [^>]*>[^<]*</td><td [^>]*>[^<]*</td>"
                + "<td [^>]*>(?<rx>[^<]*)</td><td [^>]*>(?<tx>[^<]*)</td>"
                + "<td>(?<course><svg.*?</svg>)</td><td [^>]*>(?<sum>[^<]*)</td>")
        .matcher(dom);
  }
}
