package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.NotifyReceiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves by a real AF_UNIX datagram socket, and what the environment is taken for. */
@Timeout(60)
class SdNotifyTest {
  private static final long PID = 812;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldSendEachStateAsOneDatagram(boolean isAbstract) {
    try (NotifyReceiver systemd = NotifyReceiver.open(isAbstract)) {
      SdNotify notify = SdNotify.of(Map.of("NOTIFY_SOCKET", systemd.address()), PID);
      long before = System.nanoTime() / 1000;

      notify.ready("serves http://[::1]:10067/metrics");
      notify.feedWatchdog();
      notify.reloading();
      notify.stopping();

      assertEquals(List.of("READY=1", "STATUS=serves http://[::1]:10067/metrics"), systemd.next());
      assertEquals(List.of("WATCHDOG=1"), systemd.next());
      List<String> reloading = systemd.next();
      assertEquals("RELOADING=1", reloading.get(0));
      long micros = Long.parseLong(reloading.get(1).replace("MONOTONIC_USEC=", ""));
      assertTrue(micros >= before && micros <= systemd.monotonicMicros(), reloading.toString());
      assertEquals("STOPPING=1", systemd.next().get(0));
    }
  }

  @Test
  void shouldTellNobodyWhereNobodyAsks() {
    SdNotify notify = SdNotify.of(Map.of("WATCHDOG_USEC", "1000000"), PID);

    notify.ready("");

    assertEquals(Optional.empty(), notify.watchdog());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/run/there/is/no/such/socket", "relative", "vsock:2:9", "@", ""})
  void shouldSurviveASocketThatCannotBeReached(String address) {
    SdNotify.of(Map.of("NOTIFY_SOCKET", address), PID).ready("");
  }

  @ParameterizedTest
  @CsvSource({
    "30000000, '',  30000",
    "30000000, 812, 30000",
    "30000000, 813, ",
    "0,        812, ",
    "-1,       812, ",
    "soon,     812, "
  })
  void shouldWatchOnlyIfThisProcessIsMeant(String micros, String pid, Long expectedMillis) {
    Map<String, String> environment =
        Map.of("NOTIFY_SOCKET", "@pidflow", "WATCHDOG_USEC", micros, "WATCHDOG_PID", pid);

    assertEquals(
        Optional.ofNullable(expectedMillis).map(Duration::ofMillis),
        SdNotify.of(environment, PID).watchdog());
  }
}
