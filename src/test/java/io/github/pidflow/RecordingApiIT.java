package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.RecordedFile;
import io.github.pidflow.lab.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Recordings started through the API while the daemon keeps counting. */
@Timeout(180)
class RecordingApiIT {
  private static final int BYTES = 1_000_000;

  /** Far longer than a packet stays in the capture ring and in the recording's own ring. */
  private static final long REST_NANOS = 500_000_000;

  private static final String PATH = "/api/v1/recordings";
  private static final String HERE = "http://127.0.0.1:10067";

  @TempDir private Path folder;
  private NetLab lab;
  private Node host;
  private Node remote;
  private Link link;

  /** curl's result. */
  private record Answer(int status, String body) {
    JsonNode data() {
      return new JsonMapper().readTree(body).get("data");
    }

    String error() {
      return new JsonMapper().readTree(body).at("/error").asString();
    }
  }

  @BeforeEach
  void build() {
    lab = NetLab.create();
    host = lab.node();
    remote = lab.node();
    link = lab.link(host, remote);
  }

  @AfterEach
  void clear() {
    lab.close();
  }

  @Test
  void shouldRecordExactlyWithoutAffectingCounters() throws IOException {
    Peer near = host.peer("near");
    Peer other = host.peer("other");
    Peer far = remote.peer("far");
    try (Daemon daemon = start();
        Oracle oracle = Oracle.start(host, "any")) {
      // One process before the recording, with truncated packets as usual, and one during it.
      Peer.finish(Connection.open(near, far, INET, link.b4()).upload(BYTES));
      Audit.assertCredited(daemon, oracle, near);
      Moved before = oracle.read().of(near);
      Answer begun = ask(host, "-X", "POST", HERE + PATH + "?comm=near&duration=1m");
      assertEquals(201, begun.status(), begun.body());
      String one = HERE + PATH + '/' + begun.data().get("id").asString();
      Peer.finish(Connection.open(near, far, INET, link.b4()).upload(BYTES));
      Peer.finish(Connection.open(other, far, INET, link.b4()).upload(BYTES));
      Audit.assertCredited(daemon, oracle, near, other);
      Moved after = oracle.read().of(near);

      JsonNode running = ask(host, one).data();
      assertEquals("running", running.get("state").asString());
      Path part = folder.resolve("part.pcapng");
      host.run("curl", "-s", "-o", part.toString(), one + "/file");
      assertEquals(0, RecordedFile.read(part).exitCode());

      JsonNode done = ask(host, "-X", "DELETE", one).data();
      assertEquals("done", done.get("state").asString(), done.toString());
      RecordedFile recorded = RecordedFile.read(Path.of(done.at("/files/0/path").asString()));
      assertEquals(0, recorded.exitCode(), recorded.said());
      Moved moved = new Moved(after.rx() - before.rx(), after.tx() - before.tx());
      assertEquals(moved, recorded.moved());
      assertEquals(recorded.packets().size(), done.get("packets").asInt());
      assertEquals(BYTES, recorded.payload());
      MetricsPage page = daemon.page();
      assertEquals(recorded.packets().size(), page.sum("pidflow_recorded_packets_total"));
      assertEquals(done.get("bytes").asLong(), page.sum("pidflow_recorded_bytes_total"));
      assertEquals(0, page.sum("pidflow_recording_dropped_packets_total"));
      assertEquals(1, ask(host, HERE + PATH).data().get("recordings").size());
    }
  }

  @Test
  void shouldBeOffByDefault() {
    try (Daemon daemon = Daemon.start(host, "ring")) {
      for (String method : List.of("GET", "POST", "DELETE")) {
        Answer refused = ask(host, "-X", method, HERE + PATH + "?comm=x");
        assertEquals(403, refused.status(), daemon.log());
        assertEquals("recordings are disabled: set pidflow.recordings.enabled", refused.error());
      }
    }
  }

  @Test
  void shouldRefuseRequestsFromOtherHosts() {
    String there = "http://" + link.a4().getHostAddress() + ":10067";
    try (Daemon daemon = start("pidflow.web.listen-address = \"0.0.0.0:10067\"")) {
      assertEquals(403, ask(remote, "-X", "POST", there + PATH + "?comm=x").status());
      assertEquals(403, ask(remote, there + PATH).status());
      // The peer address decides, whatever the request claims.
      assertEquals(403, ask(remote, "-H", "Host: localhost", there + PATH).status());
      String proxied = "X-Forwarded-For: 192.0.2.1";
      assertEquals(403, ask(host, "-H", proxied, HERE + PATH).status());
      String rebound = "Host: evil.example:10067";
      assertEquals(403, ask(host, "-H", rebound, HERE + PATH).status());
      String origin = "Origin: http://evil.example";
      assertEquals(403, ask(host, "-X", "POST", "-H", origin, HERE + PATH).status());
      String site = "Sec-Fetch-Site: cross-site";
      assertEquals(403, ask(host, "-X", "POST", "-H", site, HERE + PATH).status());
      String same = "Origin: " + HERE;
      assertEquals(400, ask(host, "-X", "POST", "-H", same, HERE + PATH).status());
      assertEquals(200, ask(host, HERE + PATH).status(), daemon.log());
    }
  }

  @Test
  void shouldServeAuthenticatedClientsFromAnyHost() throws IOException {
    String hash = BCrypt.withDefaults().hashToString(4, "secret".toCharArray());
    Path web =
        Files.writeString(folder.resolve("web.yml"), "basic_auth_users: {ann: " + hash + "}");
    String there = "http://" + link.a4().getHostAddress() + ":10067" + PATH;
    UnaryOperator<String> get =
        path -> {
          Answer answer = ask(host, "-u", "ann:secret", HERE + path);
          byte[] body = answer.body().getBytes(UTF_8);
          return answer.status() + " " + Base64.getEncoder().encodeToString(body);
        };
    try (Daemon daemon =
        Daemon.startGuarded(
            host,
            get,
            "pidflow.web.listen-address = \"0.0.0.0:10067\"",
            "pidflow.web.config-file = \"" + web + '"',
            "pidflow.recordings.enabled = true",
            "pidflow.recordings.directory = \"" + folder.resolve("made") + '"')) {
      assertEquals(401, ask(remote, there).status(), daemon.log());
      assertEquals(401, ask(host, HERE + PATH).status());
      assertEquals(200, ask(remote, "-u", "ann:secret", there).status());
      Answer begun = ask(remote, "-u", "ann:secret", "-X", "POST", there + "?filter=udp");
      assertEquals(201, begun.status(), begun.body());
      String site = "Sec-Fetch-Site: same-site";
      assertEquals(403, ask(remote, "-u", "ann:secret", "-H", site, there).status());
    }
  }

  @Test
  void shouldExplainInvalidRequests() {
    Map<String, String> wrong = new LinkedHashMap<>();
    wrong.put("", "name a pid, a comm or a filter to select what is recorded");
    wrong.put(
        "comm=x&bogus=1",
        "unknown parameter \"bogus\", allowed are comm, duration, files, filter, max-size, pid,"
            + " snap-length");
    wrong.put("pid=x", "parameter \"pid\" must be a number, not x");
    wrong.put("pid=0", "a pid is 1 or more, not 0");
    wrong.put("pid=99999999", "there is no process 99999999");
    wrong.put("comm=", "a comm has 1 to 15 characters, not \"\"");
    wrong.put(
        "comm=%1b0123456789abcde", "a comm has 1 to 15 characters, not \"\\u001b0123456789abcde\"");
    wrong.put("comm=x&duration=5", "parameter \"duration\" must be like 30s or 5m, not 5");
    wrong.put("comm=x&duration=0s", "the duration must be longer than 0");
    wrong.put(
        "comm=x&duration=2h",
        "a recording may take at most 3600 s (pidflow.recordings.max-duration)");
    wrong.put(
        "comm=x&max-size=2GiB",
        "the files of a recording may have at most 1GiB in total (pidflow.recordings.max-size)");
    wrong.put("comm=x&max-size=1B", "a file must have room for 1MiB or more");
    wrong.put("comm=x&files=0", "parameter \"files\" must be a number from 1 to 1000, not 0");
    wrong.put(
        "comm=x&snap-length=1",
        "parameter \"snap-length\" must be a number from 64 to 262144, not 1");
    wrong.put("comm=x&duration=1m&duration=2m", "parameter \"duration\" is given twice");
    StringBuilder ports = new StringBuilder("filter=port+1");
    for (int i = 2; i < 300; i++) {
      ports.append("+or+port+").append(2 * i);
    }
    wrong.put("comm=" + "x".repeat(5000), "the query is longer than 4096 characters");
    try (Daemon daemon = start()) {
      wrong.forEach(
          (query, error) -> {
            Answer refused = ask(host, "-X", "POST", HERE + PATH + '?' + query);
            assertEquals(400, refused.status(), refused.body());
            assertEquals(error, refused.error());
          });
      // The rest is libpcap's words.
      Answer invalid = ask(host, "-X", "POST", HERE + PATH + "?filter=tcp+prot");
      assertEquals(400, invalid.status(), invalid.body());
      assertTrue(
          invalid.error().matches("filter: \"tcp prot\": .*syntax error.*"), invalid.error());
      Answer tooLong = ask(host, "-X", "POST", HERE + PATH + '?' + ports);
      assertEquals(400, tooLong.status(), tooLong.body());
      assertTrue(tooLong.error().endsWith("the limit is 512: shorten it"), tooLong.error());
      assertEquals(400, ask(host, "-d", "{}", HERE + PATH).status());
      assertEquals(405, ask(host, "-X", "PUT", HERE + PATH).status());
      assertEquals(404, ask(host, HERE + PATH + "/none").status());
      assertEquals(404, ask(host, HERE + PATH + "/none/file").status());
      assertEquals(
          404, ask(host, "-X", "DELETE", HERE + PATH + "/%2e%2e%2fx").status(), daemon.log());
      assertEquals(0, ask(host, HERE + PATH).data().get("recordings").size());
      assertFalse(Files.exists(folder.resolve("made")), "nothing was begun");
    }
  }

  /** A disk of 8 MiB: with a reserve to keep free, and without one, filled to the end. */
  @ParameterizedTest
  @CsvSource({"4MiB, must stay free", "0B, No space left on device"})
  void shouldSurviveAFullDisk(String keepFree, String cause) throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Command.run(List.of("mount", "-t", "tmpfs", "-o", "size=8m", "pidflow", disk.toString()));
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (Daemon daemon =
        start(
            "pidflow.recordings.directory = \"" + disk + "/made\"",
            "pidflow.recordings.keep-free = " + keepFree)) {
      Answer begun = ask(host, "-X", "POST", HERE + PATH + "?comm=near");
      assertEquals(201, begun.status(), begun.body());
      String one = HERE + PATH + '/' + begun.data().get("id").asString();
      Connection connection = Connection.open(near, far, INET, link.b4());
      JsonNode status = ask(host, one).data();
      for (int i = 0; i < 60 && status.get("state").asString().equals("running"); i++) {
        Peer.finish(connection.upload(BYTES));
        status = ask(host, one).data();
      }

      assertEquals("failed", status.get("state").asString(), status.toString());
      assertTrue(status.get("end_cause").asString().contains(cause), status.toString());
      daemon.awaitLog(cause);
      RecordedFile recorded = RecordedFile.read(Path.of(status.at("/files/0/path").asString()));
      assertEquals(0, recorded.exitCode(), recorded.said());
      assertEquals(status.get("packets").asInt(), recorded.packets().size());
      long before = daemon.page().process(near.pid()).tx();
      Peer.finish(connection.upload(BYTES));
      daemon.await(
          "more bytes",
          Duration.ofSeconds(20),
          page -> page.process(near.pid()).tx() > before + BYTES);
      if (!keepFree.equals("0B")) {
        Answer refused = ask(host, "-X", "POST", HERE + PATH + "?comm=near");
        assertEquals(507, refused.status(), refused.body());
      }
    } finally {
      Command.run(List.of("umount", "-l", disk.toString()));
    }
  }

  /** With a ring far too small for whole packets, and files without a size limit. */
  @Test
  void shouldRecordHeadersOnlyWhenTheKernelDropsPackets() {
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (Daemon daemon = start("pidflow.capture.ring { block-size = 64KiB, block-count = 4 }")) {
      Answer begun = ask(host, "-X", "POST", HERE + PATH + "?comm=near&files=2&max-size=50MiB");
      String one = HERE + PATH + '/' + begun.data().get("id").asString();
      Connection connection = Connection.open(near, far, INET, link.b4());
      JsonNode status = ask(host, one).data();
      assertFalse(status.get("cut").asBoolean(), status.toString());
      for (int i = 0; i < 100 && !status.get("cut").asBoolean(); i++) {
        Peer.finish(connection.upload(20L * BYTES));
        status = ask(host, one).data();
      }
      assertTrue(status.get("cut").asBoolean(), status + daemon.log());
      assertTrue(
          daemon.log().contains("recordings are cut at pidflow.capture.snap-length"), daemon.log());
      long before = packetsAtRest(one);
      for (int i = 0; i < 50 && packetsAtRest(one) == before; i++) {
        Peer.finish(connection.upload(BYTES));
      }
      JsonNode done = ask(host, "-X", "DELETE", one).data();

      List<RecordedFile.Packet> packets = new ArrayList<>();
      for (JsonNode each : done.get("files")) {
        RecordedFile recorded = RecordedFile.read(Path.of(each.get("path").asString()));
        assertEquals(0, recorded.exitCode(), recorded.said());
        packets.addAll(recorded.packets());
      }
      RecordedFile.Packet last =
          packets.stream()
              .filter(each -> each.wireLength() > 1000)
              .reduce((a, b) -> b)
              .orElseThrow();
      assertEquals(128, last.capturedLength(), last + " of " + done);
    }
  }

  /** The number of packets in a recording once no more are in flight. */
  private long packetsAtRest(String recording) {
    long packets = -1;
    long latest = ask(host, recording).data().get("packets").asLong();
    while (latest != packets) {
      packets = latest;
      Waiting.pause(REST_NANOS);
      latest = ask(host, recording).data().get("packets").asLong();
    }
    return packets;
  }

  @Test
  void shouldLeaveAReadableFileWhenTheDaemonIsKilled() throws IOException {
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    Path file;
    try (Daemon daemon = start()) {
      Answer begun = ask(host, "-X", "POST", HERE + PATH + "?comm=near");
      file = Path.of(begun.data().at("/files/0/path").asString());
      Connection connection = Connection.open(near, far, INET, link.b4());
      for (int i = 1; i <= 20; i++) {
        Peer.finish(connection.upload(BYTES));
        // Packets that arrive faster than they are written may be dropped, which is not tested
        // here.
        RecordedFile.awaitBytes(file, (long) i * BYTES);
      }
      RecordedFile.awaitRest(file);
      var more = connection.upload(100L * BYTES);
      daemon.stop("KILL");
      Peer.finish(more);
    }

    RecordedFile.assertWholeButForTheEnd(file, 20L * BYTES);
  }

  @Test
  void shouldCompleteTheFileWhenTheDaemonStops() throws IOException {
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (Daemon daemon = start()) {
      assertEquals(201, ask(host, "-X", "POST", HERE + PATH + "?comm=near").status());
      assertEquals(201, ask(host, "-X", "POST", HERE + PATH + "?filter=tcp").status());
      assertEquals(429, ask(host, "-X", "POST", HERE + PATH + "?comm=third").status());
      Peer.finish(Connection.open(near, far, INET, link.b4()).upload(BYTES));
      assertEquals(0, daemon.stop("TERM"));
      assertTrue(daemon.log().contains("ended: the daemon stops"), daemon.log());
    }

    try (Stream<Path> files = Files.list(folder.resolve("made"))) {
      for (Path each : files.toList()) {
        RecordedFile recorded = RecordedFile.read(each);
        assertEquals(0, recorded.exitCode(), recorded.said());
        assertTrue(recorded.payload() >= BYTES, recorded.toString());
      }
    }
  }

  private Daemon start(String... more) {
    List<String> settings = new ArrayList<>();
    settings.add("pidflow.recordings.enabled = true");
    settings.add("pidflow.recordings.directory = \"" + folder.resolve("made") + '"');
    settings.addAll(List.of(more));
    return Daemon.start(host, "ring", settings.toArray(String[]::new));
  }

  private static Answer ask(Node node, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("curl", "-s", "-m", "20", "-w", "\n%{http_code}"));
    command.addAll(List.of(arguments));
    String said = node.run(command.toArray(String[]::new)).strip();
    int end = said.lastIndexOf('\n');
    return new Answer(
        Integer.parseInt(said.substring(end + 1)), said.substring(0, Math.max(0, end)));
  }
}
