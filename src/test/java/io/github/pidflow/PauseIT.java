package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.Receiver;
import io.github.pidflow.lab.Script;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A daemon that gets no CPU for a while. */
@Timeout(120)
class PauseIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int BURSTS = 30;
  private static final int BYTES = 1000;
  private static final int WIRE_BYTES = BYTES + 28;

  /** What the default ring outlasts: 64 blocks, one every 20 ms at most. */
  private static final Duration OUTLASTED = Duration.ofMillis(1200);

  private static final int ATTEMPTS = 5;

  /** Each burst takes a block, however small it is. */
  @Test
  void shouldLoseNothingInAPauseOfThreeQuartersOfASecond() {
    int port = host.unusedPort();
    try (Receiver receiver = Receiver.start(host, "--port", port);
        Daemon daemon = Daemon.start(host, "ring", "pidflow.capture.exclude-interfaces = [lo]")) {
      long sent = 0;
      for (int i = 0; i < ATTEMPTS; i++) {
        long droppedBefore = daemon.page().sum("pidflow_capture_dropped_packets_total");
        Duration paused = pauseDuringBursts(daemon, port);
        sent += 5L * BURSTS * WIRE_BYTES;
        long dropped = daemon.page().sum("pidflow_capture_dropped_packets_total") - droppedBefore;
        // On a busy machine the bursts may take longer than any ring lasts.
        if (paused.compareTo(OUTLASTED) < 0) {
          long wanted = sent;
          assertEquals(0, dropped);
          if (i == 0) {
            daemon.await(
                "rx " + wanted, LIMIT, page -> page.process(receiver.pid()).rx() == wanted);
          }
          return;
        }
      }
      fail("no pause was shorter than " + OUTLASTED);
    }
  }

  private Duration pauseDuringBursts(Daemon daemon, int port) {
    long start = System.nanoTime();
    signal(daemon, "STOP");
    try {
      remote.run(Script.command("bursts.py", link.a4().getHostAddress(), port, BURSTS, BYTES));
    } finally {
      signal(daemon, "CONT");
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static void signal(Daemon daemon, String name) {
    Command.run(List.of("sh", "-c", "kill -" + name + ' ' + daemon.pid()));
  }
}
