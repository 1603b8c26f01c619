package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.SettingsReader;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class NamespaceCapturesIT {
  private static final int ID = 5;
  private static final int IP_UDP_HEADERS = 28;
  private static final int PAYLOAD = 100;

  private final DaemonCounters counters = new DaemonCounters();
  private final Settings settings;
  private final TrafficMeter meter;
  private final PacketPipeline pipeline;

  NamespaceCapturesIT() throws InvalidSettingsException {
    settings = SettingsReader.load(Optional.empty(), Map.of()).settings();
    meter = new TrafficMeter(settings.accounting(), counters);
    pipeline = new PacketPipeline(settings.accounting(), meter, miss -> {}, counters);
  }

  @Test
  void shouldCountAndReleaseANamespaceThatEndedBeforeItWasAdopted() throws Exception {
    long before = rings();
    try (NamespaceCaptures captures = new NamespaceCaptures(settings.capture(), counters);
        NetNamespace handle = NetNamespace.own()) {
      long own = rings();
      captures.appeared(ID, handle);
      assertEquals(own + 1, rings());
      send();
      captures.ended(new Namespace(ID, handle, HostNetwork.UNKNOWN));
      // The ring hands over a block that is not full after 40 ms.
      Thread.sleep(200);
      captures.follow(List.of(), pipeline);

      pipeline.attribution().settleAll();
      long captured = meter.snapshot(pipeline.attribution().totals()).capturedBytes();
      assertTrue(captured >= IP_UDP_HEADERS + PAYLOAD, captured + " bytes captured");
      awaitRings(own);
    }
    assertEquals(before, rings());
  }

  @Test
  void shouldKeepANamespaceThatIsStillPublished() throws Exception {
    try (NamespaceCaptures captures = new NamespaceCaptures(settings.capture(), counters);
        NetNamespace handle = NetNamespace.own()) {
      Namespace last = new Namespace(ID, handle, HostNetwork.UNKNOWN);
      captures.appeared(ID, handle);
      captures.ended(last);
      captures.follow(List.of(last), pipeline);
      long open = rings();
      captures.follow(List.of(), pipeline);
      awaitRings(open - 1);
    }
  }

  private static void send() throws IOException {
    try (DatagramSocket sender = new DatagramSocket()) {
      InetSocketAddress discard = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
      sender.send(new DatagramPacket(new byte[PAYLOAD], PAYLOAD, discard));
    }
  }

  private static void awaitRings(long expected) throws Exception {
    while (rings() != expected) {
      Thread.sleep(10);
    }
  }

  /** Mapped rings of packet sockets. */
  private static long rings() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(map -> map.contains("socket:")).count();
    }
  }
}
