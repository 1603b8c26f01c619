package io.github.pidflow.lab;

import java.time.Duration;
import java.util.List;
import org.opentest4j.AssertionFailedError;

/** Holds a daemon's page against the oracle, to the byte. */
public final class Audit {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long POLL_NANOS = 250_000_000;

  private Audit() {}

  /**
   * Waits until the page says of every peer what the oracle says, twice in a row with a pause
   * between: a last delayed acknowledgement may still come after the first time. Each page has to
   * be conserved. After the deadline it fails, with both accounts.
   */
  public static void assertCredited(Daemon daemon, Oracle oracle, Peer... peers) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    int agreed = 0;
    while (agreed < 2) {
      Ledger ledger = oracle.read();
      MetricsPage page = daemon.page();
      page.assertConserved();
      if (agrees(ledger, page, peers)) {
        agreed++;
      } else {
        agreed = 0;
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionFailedError(difference(ledger, page, peers) + "log:\n" + daemon.log());
        }
      }
      Waiting.pause(POLL_NANOS);
    }
  }

  private static boolean agrees(Ledger ledger, MetricsPage page, Peer... peers) {
    for (Peer peer : peers) {
      if (!ledger.of(peer).equals(page.process(peer.pid()))) {
        return false;
      }
    }
    return true;
  }

  private static String difference(Ledger ledger, MetricsPage page, Peer... peers) {
    StringBuilder message = new StringBuilder("the page is not what the oracle saw\n");
    for (Peer peer : List.of(peers)) {
      Moved expected = ledger.of(peer);
      Moved actual = page.process(peer.pid());
      message.append(
          "%s %s (pid %d) expected %s; the page says %s%n"
              .formatted(
                  expected.equals(actual) ? "  " : "! ",
                  peer.comm(),
                  peer.pid(),
                  expected,
                  actual));
    }
    return message.append("page:\n")
        + page.traffic()
        + "oracle (protocol source > destination bytes):\n"
        + ledger
        + '\n';
  }
}
