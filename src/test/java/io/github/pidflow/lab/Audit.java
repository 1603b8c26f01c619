package io.github.pidflow.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToLongFunction;
import org.opentest4j.AssertionFailedError;

/** Compares a daemon's page with the oracle, to the byte. */
public final class Audit {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int SETTLED_LOOKS = 4;
  private static final long POLL_NANOS = 250_000_000;

  private Audit() {}

  /**
   * Waits until page and oracle agree for every peer, twice in a row with a pause between, since a
   * last delayed acknowledgement may come after the first time. Each page must be conserved. After
   * the deadline it fails and shows both accounts.
   */
  public static void assertCredited(Daemon daemon, Oracle oracle, Peer... peers) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    int agreed = 0;
    Ledger ledger = null;
    MetricsPage page = null;
    while (agreed < 2) {
      ledger = oracle.read();
      page = daemon.page();
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
    System.out.print("credited to the byte:\n" + comparison(ledger, page, peers));
  }

  /** Scrapes until the transfers are done, and checks conservation on every page. */
  public static void assertConservedUntil(Daemon daemon, List<CompletableFuture<Void>> transfers) {
    var all = CompletableFuture.allOf(transfers.toArray(CompletableFuture[]::new));
    long captured = 0;
    do {
      MetricsPage page = daemon.page();
      page.assertConserved();
      assertTrue(page.captured() >= captured, "captured bytes went back");
      captured = page.captured();
    } while (!all.isDone());
    Peer.finish(all);
  }

  /** Receives the datagrams that are being sent; none may be missing. */
  public static void assertReceived(
      PeerSocket receiver, CompletableFuture<Long> sent, int datagrams) {
    assertEquals(Peer.finish(sent), Peer.finish(receiver.receiveDatagrams(datagrams)));
  }

  /** A value of the page that has settled: several scrapes in a row are equal. */
  public static long settled(Daemon daemon, ToLongFunction<MetricsPage> value) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    long last = value.applyAsLong(daemon.page());
    for (int same = 0; same < SETTLED_LOOKS; same++) {
      Waiting.pause(POLL_NANOS);
      long now = value.applyAsLong(daemon.page());
      if (now != last) {
        same = -1;
        last = now;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("it never comes to rest; at the end: " + now);
      }
    }
    return last;
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
    return "the page is not what the oracle saw\n"
        + comparison(ledger, page, peers)
        + "page:\n"
        + page.traffic()
        + "oracle (protocol source > destination bytes):\n"
        + ledger
        + '\n';
  }

  private static String comparison(Ledger ledger, MetricsPage page, Peer... peers) {
    StringBuilder lines = new StringBuilder();
    for (Peer peer : List.of(peers)) {
      Moved expected = ledger.of(peer);
      Moved actual = page.process(peer.pid());
      lines.append(
          "%s %s (pid %d) expected %s; the page says %s%n"
              .formatted(
                  expected.equals(actual) ? "  " : "! ",
                  peer.comm(),
                  peer.pid(),
                  expected,
                  actual));
    }
    return lines.toString();
  }
}
