package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.RecordCommand;
import io.github.pidflow.lab.RecordedFile;
import io.github.pidflow.lab.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recordings of selected processes, in files that other programs read. */
@Timeout(180)
class RecordIT {
  private static final int BYTES = 1_000_000;
  private static final int UDP = 17;

  @TempDir private Path folder;
  private NetLab lab;
  private Node host;
  private Node remote;
  private Link link;
  private Path file;

  @BeforeEach
  void build() {
    lab = NetLab.create();
    host = lab.node();
    remote = lab.node();
    link = lab.link(host, remote);
    file = folder.resolve("out.pcapng");
  }

  @AfterEach
  void clear() {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldRecordExactlyTheBytesOfOneProcess(String engine) throws IOException {
    Peer chosen = host.peer("chosen");
    Peer other = host.peer("other");
    Peer far = remote.peer("far");
    Path config =
        Files.writeString(
            folder.resolve("pidflow.conf"), "pidflow.capture.engine = " + engine + "\n");
    try (RecordCommand record =
            RecordCommand.begin(
                host, "--config", config.toString(), "--pid", "" + chosen.pid(), "-w", out());
        Oracle oracle = Oracle.start(host, link.name())) {
      Connection mine = Connection.open(chosen, far, INET, link.b4());
      Connection others = Connection.open(other, far, INET, link.b4());
      Peer.finish(mine.upload(BYTES));
      Peer.finish(others.upload(BYTES));
      Peer.finish(mine.download(BYTES));
      PeerSocket in = far.udp(INET);
      Audit.assertReceived(
          in, chosen.udp(INET).sendDatagrams(100, 1200, link.b4(), in.port()), 100);
      var seen = oracle.stop().of(chosen);

      assertEquals(0, record.stop("INT"), record.said());
      RecordedFile recorded = RecordedFile.read(file);

      assertEquals(0, recorded.exitCode(), recorded.said());
      assertEquals(seen, recorded.moved());
      assertTrue(seen.tx() > BYTES && seen.rx() > BYTES, seen.toString());
      assertEquals(
          Set.of("pid=" + chosen.pid() + " comm=chosen"),
          recorded.packets().stream()
              .map(RecordedFile.Packet::comment)
              .collect(Collectors.toSet()));
      long whole =
          recorded.packets().stream()
              .filter(each -> each.capturedLength() == each.wireLength())
              .count();
      assertEquals(recorded.packets().size(), whole);
      assertEquals(2L * BYTES, recorded.payload());
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      assertTrue(record.said().contains(recorded.packets().size() + " packets"), record.said());
    }
  }

  /** libpcap reads no file of several link types, and the packets of tun have no link header. */
  @Test
  void shouldRecordDevicesWithAndWithoutALinkHeaderInOneFile() throws Exception {
    Peer chosen = host.peer("chosen");
    PeerSocket out = chosen.udp(INET);
    Process tun = host.start(new ProcessBuilder(Script.command("tun_sink.py", "tun0")));
    assertEquals("ready", tun.inputReader().readLine());
    host.address("tun0", "10.88.0.1", 24);
    host.ip("link", "set", "tun0", "up");
    int port = host.unusedPort();
    List<InetAddress> destinations =
        List.of(InetAddress.getByName("10.88.0.2"), link.b4(), InetAddress.getLoopbackAddress());
    try (RecordCommand record =
        RecordCommand.begin(host, "--pid", "" + chosen.pid(), "-w", out())) {
      for (InetAddress each : destinations) {
        Peer.finish(out.sendDatagrams(10, 200, each, port));
      }
      RecordedFile.awaitRest(file);
      assertEquals(0, record.stop("INT"), record.said());
    }
    tun.outputWriter().close();

    Map<String, Long> byInterface =
        RecordedFile.read(file).packets().stream()
            .filter(each -> each.destinationPort() == port && each.ipBytes() == 228)
            .collect(
                Collectors.groupingBy(RecordedFile.Packet::interfaceName, Collectors.counting()));
    assertEquals(Map.of("tun0", 10L, link.name(), 10L, "lo", 10L), byInterface);
    String dump = Command.run(List.of("tcpdump", "-nn", "-r", out(), "udp dst port " + port));
    assertEquals(30, dump.lines().filter(each -> each.contains("length 200")).count(), dump);
    String replayed =
        Command.run(List.of("java", "-jar", System.getProperty("jar.under.test"), "replay", out()));
    assertTrue(replayed.contains("pidflow_captured_bytes_total"), replayed);
  }

  /** The process has ended before any scan can see it. */
  @Test
  void shouldRecordAShortLivedProcessByItsName() throws Exception {
    String executable = "import os, sys; print(os.path.realpath(sys.executable))";
    Path python = Path.of(Command.run(List.of("python3", "-c", executable)).strip());
    Path flash = Files.createSymbolicLink(folder.resolve("flash"), python);
    PeerSocket in = remote.peer("far").udp(INET);
    try (RecordCommand record = RecordCommand.begin(host, "--comm", "flash", "-w", out())) {
      String send =
          "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
              + " [s.sendto(b'x' * 100, ('%s', %d)) for i in range(20)]"
                  .formatted(link.b4().getHostAddress(), in.port());
      host.run(flash.toString(), "-S", "-c", send);
      host.run(python.toString(), "-S", "-c", send);
      Peer.finish(in.receiveDatagrams(40));

      assertEquals(0, record.stop("TERM"), record.said());
    }

    RecordedFile recorded = RecordedFile.read(file);
    assertEquals(20, recorded.packets().size(), recorded.toString());
    for (RecordedFile.Packet each : recorded.packets()) {
      assertEquals(UDP, each.protocol());
      assertEquals(128, each.ipBytes());
      assertTrue(each.sent());
      assertTrue(each.comment().matches("pid=\\d+ comm=flash"), each.comment());
    }
  }

  @Test
  void shouldRecordAPacketBetweenTwoSelectedProcessesOnce() throws Exception {
    Peer a = host.peer("a");
    Peer b = host.peer("b c");
    try (RecordCommand record =
        RecordCommand.begin(
            host, "--pid", "" + a.pid(), "--comm", "b c", "--filter", "udp", "-w", out())) {
      PeerSocket in = b.udp(INET);
      Audit.assertReceived(
          in, a.udp(INET).sendDatagrams(10, 50, InetAddress.getLoopbackAddress(), in.port()), 10);
      assertEquals(0, record.stop("INT"), record.said());
    }

    RecordedFile recorded = RecordedFile.read(file);
    assertEquals(10, recorded.packets().size());
    for (RecordedFile.Packet each : recorded.packets()) {
      assertEquals(
          "from pid=" + a.pid() + " comm=a to pid=" + b.pid() + " comm=\"b c\"", each.comment());
      assertEquals("lo", each.interfaceName());
    }
  }

  @Test
  void shouldStateWhyAPacketIsUnattributed() throws Exception {
    try (RecordCommand record = RecordCommand.begin(host, "--filter", "icmp", "-w", out())) {
      Peer far = remote.peer("far");
      for (int i = 0; i < 3; i++) {
        assertTrue(far.echo(link.a4(), 5000));
      }
      assertEquals(0, record.stop("INT"), record.said());
    }

    RecordedFile recorded = RecordedFile.read(file);
    assertEquals(6, recorded.packets().size());
    for (RecordedFile.Packet each : recorded.packets()) {
      assertEquals("unattributed=kernel_protocol", each.comment());
    }
  }

  @Test
  void shouldKeepOnlyTheNewestFiles() throws Exception {
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (RecordCommand record =
        RecordCommand.begin(
            host, "--comm", "near", "--max-size", "1MiB", "--files", "2", "-w", out())) {
      Connection connection = Connection.open(near, far, INET, link.b4());
      for (int i = 0; i < 5; i++) {
        Peer.finish(connection.upload(BYTES));
      }
      assertEquals(0, record.stop("INT"), record.said());
    }

    assertFalse(Files.exists(file));
    List<Path> kept;
    try (var files = Files.list(folder)) {
      kept = files.sorted().toList();
    }
    assertEquals(2, kept.size(), kept.toString());
    for (Path each : kept) {
      assertTrue(Files.size(each) <= 1 << 20, each + " " + Files.size(each));
      RecordedFile recorded = RecordedFile.read(each);
      assertEquals(0, recorded.exitCode(), recorded.said());
      assertTrue(recorded.packets().size() > 1, recorded.toString());
    }
  }

  @Test
  void shouldEndWhenTheFileIsFull() {
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (RecordCommand record =
        RecordCommand.begin(host, "--comm", "near", "--max-size", "1MiB", "-w", out())) {
      Connection connection = Connection.open(near, far, INET, link.b4());
      Peer.finish(connection.upload(2 * BYTES));

      assertEquals(0, record.awaitEnd(), record.said());
      assertTrue(record.said().contains("its file is full, at 1MiB"), record.said());
    }
    assertEquals(0, RecordedFile.read(file).exitCode());
  }

  @Test
  void shouldEndWithTheProcess() {
    Peer near = host.peer("near");
    PeerSocket in = remote.peer("far").udp(INET);
    try (RecordCommand record = RecordCommand.begin(host, "--pid", "" + near.pid(), "-w", out())) {
      Audit.assertReceived(in, near.udp(INET).sendDatagrams(7, 50, link.b4(), in.port()), 7);
      near.kill();

      assertEquals(0, record.awaitEnd(), record.said());
      assertTrue(record.said().contains("pid " + near.pid() + " has ended"), record.said());
    }
    assertEquals(7, RecordedFile.read(file).packets().size());
  }

  @Test
  void shouldEndAfterTheGivenDuration() {
    try (RecordCommand record =
        RecordCommand.begin(host, "--comm", "nobody", "--duration", "1s", "-w", out())) {
      assertEquals(0, record.awaitEnd(), record.said());
      assertTrue(record.said().contains("0 packets"), record.said());
      assertTrue(record.said().contains("its time is over"), record.said());
    }
    assertEquals(0, RecordedFile.read(file).exitCode());
  }

  @Test
  void shouldNotOverwriteAFileUnlessForced() throws IOException {
    Files.writeString(file, "precious");
    try (RecordCommand refused = RecordCommand.start(host, "--comm", "x", "-w", out())) {
      assertEquals(1, refused.awaitEnd());
      assertEquals(
          "pidflow: "
              + file
              + ": exists already: name another file, or use --force to overwrite it\n",
          refused.said());
    }
    assertEquals("precious", Files.readString(file));

    try (RecordCommand forced = RecordCommand.begin(host, "--comm", "x", "--force", "-w", out())) {
      assertEquals(0, forced.stop("INT"), forced.said());
    }
    assertEquals(0, RecordedFile.read(file).exitCode());
  }

  @Test
  void shouldLeaveAReadableFileWhenKilled() throws IOException {
    Peer near = host.peer("near");
    Peer far = remote.peer("far");
    try (RecordCommand record = RecordCommand.begin(host, "--comm", "near", "-w", out())) {
      Connection connection = Connection.open(near, far, INET, link.b4());
      for (int i = 1; i <= 20; i++) {
        Peer.finish(connection.upload(BYTES));
        // Packets that arrive faster than they are written may be dropped, which is not tested
        // here.
        RecordedFile.awaitBytes(file, (long) i * BYTES);
      }
      RecordedFile.awaitRest(file);
      var more = connection.upload(200L * BYTES);
      assertEquals(128 + 9, record.stop("KILL"));
      Peer.finish(more);
    }

    RecordedFile.assertWholeButForTheEnd(file, 20L * BYTES);
  }

  @Test
  void shouldWriteToAPipe() {
    String jar = System.getProperty("jar.under.test");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command =
        java
            + " -Dpidflow.namespaces=host -jar "
            + jar
            + " record --filter udp --duration 2s -w - 2>/dev/null | tshark -n -r - 2>/dev/null";
    Process talk =
        host.start(
            new ProcessBuilder(
                "python3",
                "-c",
                "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                    + "while True: s.sendto(b'x', ('127.0.0.1', 9999)); time.sleep(0.05)"));
    String read = host.run("sh", "-c", command);
    talk.destroy();

    assertTrue(read.lines().filter(line -> line.contains("UDP")).count() >= 10, read);
  }

  private String out() {
    return file.toString();
  }
}
