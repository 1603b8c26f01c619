package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.RecordingSettings;
import io.github.pidflow.config.WebSettings;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ListenFailureTest {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final byte[] LOOPBACK_6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  @Test
  void shouldNameTheBusyPortAndItsSetting() throws Exception {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getByAddress(LOOPBACK))) {
      assertEquals(
          "cannot listen on 127.0.0.1:%1$d: Address already in use. Set pidflow.web.listen-address"
                  .formatted(busy.getLocalPort())
              + " to a free port, or stop what listens there (ss -ltnp 'sport = :%d' names it)."
                  .formatted(busy.getLocalPort()),
          failure("127.0.0.1", busy.getLocalPort()));
    }
  }

  @Test
  void shouldBracketAnIpv6Address() throws Exception {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getByAddress(LOOPBACK_6))) {
      String message = failure("::1", busy.getLocalPort());

      assertTrue(
          message.startsWith("cannot listen on [::1]:" + busy.getLocalPort() + ": "), message);
    }
  }

  @Test
  void shouldReportAnAddressOfAnotherHost() {
    assertEquals(
        "cannot listen on 192.0.2.1:10067: Cannot assign requested address. Set"
            + " pidflow.web.listen-address to an address of this machine ('ip address' lists"
            + " them).",
        failure("192.0.2.1", 10067));
  }

  @Test
  void shouldReportAnUnknownHost() {
    assertEquals(
        "cannot listen on no-such-host.invalid:10067: no address is known for"
            + " no-such-host.invalid. Set pidflow.web.listen-address to an address of this"
            + " machine.",
        failure("no-such-host.invalid", 10067));
  }

  @Test
  void shouldNameThePrivilegeALowPortNeeds() throws Exception {
    BindException failure =
        ListenFailure.of(
            new WebSettings("127.0.0.1", 80),
            new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), 80),
            new SocketException("Permission denied"));

    assertEquals(
        "cannot listen on 127.0.0.1:80: Permission denied. Set pidflow.web.listen-address to a"
            + " port from 1024 on, or grant CAP_NET_BIND_SERVICE.",
        failure.getMessage());
  }

  private static String failure(String host, int port) {
    DaemonCounters counters = new DaemonCounters();
    try (HttpEndpoint endpoint =
        new HttpEndpoint(
            new HttpEndpoint.Context(
                new WebSettings(host, port),
                new BuildInfo("1.2.3", "0123456789ab"),
                new MetricsPage(List.of(), counters, new DistinctErrors(counters)),
                new DaemonView(
                    Snapshots::small,
                    Snapshots::capture,
                    Map::of,
                    () -> 1,
                    () -> true,
                    () -> "",
                    () -> null),
                new RecordingSettings(false, Path.of("/nowhere"), 1, Duration.ofHours(1), 1, 0),
                new Recordings(
                    new Recordings.Context(
                        "", 0, 1, true, pid -> false, () -> 0, () -> {}, counters)),
                counters,
                new DistinctErrors(counters)))) {
      return assertThrows(BindException.class, endpoint::start).getMessage();
    }
  }
}
