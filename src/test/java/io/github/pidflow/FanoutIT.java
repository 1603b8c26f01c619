package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several rings together see every packet once, and the capture thread stays on its CPUs. */
@Timeout(120)
class FanoutIT {
  private static final int FLOWS = 16;

  @Test
  void shouldCountEveryPacketOnceAcrossSeveralRings() {
    try (NetLab lab = NetLab.create()) {
      Node host = lab.node();
      Node remote = lab.node();
      Link link = lab.link(host, remote);
      Peer near = host.peer("near");
      Peer datagrams = host.peer("datagrams");
      Peer far = remote.peer("far");
      try (Daemon daemon = Daemon.start(host, "ring", "pidflow.capture.ring.fanout = 4");
          Oracle oracle = Oracle.start(host, "any")) {
        List<CompletableFuture<Void>> transfers = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
          transfers.add(
              i % 2 == 0
                  ? Connection.open(near, far, INET, link.b4()).upload(100_000)
                  : Connection.open(near, far, INET6, link.b6()).download(100_000));
        }
        Audit.assertConservedUntil(daemon, transfers);
        PeerSocket in = far.udp(INET);
        PeerSocket out = datagrams.udp(INET);
        // Larger than the MTU: later fragments have no ports and follow their first fragment's
        // ring.
        Audit.assertReceived(in, out.sendDatagrams(10, 5000, link.b4(), in.port()), 10);
        Audit.assertReceived(out, in.sendDatagrams(10, 5000, link.a4(), out.port()), 10);

        Audit.assertCredited(daemon, oracle, near, datagrams);
      }
    }
  }

  @Test
  void shouldPinTheCaptureThreadToTheConfiguredCpus() throws IOException {
    try (NetLab lab = NetLab.create();
        Daemon daemon = Daemon.start(lab.node(), "ring", "pidflow.capture.cpus = [0]")) {
      assertEquals("0", allowedProcessors(daemon.pid(), "metering"));
    }
  }

  @Test
  void shouldNotStartWhenNoConfiguredCpuExists() {
    try (NetLab lab = NetLab.create()) {
      Daemon.Outcome outcome =
          Daemon.runToEnd(lab.node(), List.of(), "pidflow.capture.cpus = [1023]");
      assertEquals(78, outcome.exitCode(), outcome.log());
      assertTrue(
          outcome.log().contains("pidflow.capture.cpus names none that is online"), outcome.log());
    }
  }

  private static String allowedProcessors(long pid, String thread) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      Path task =
          tasks
              .filter(each -> read(each.resolve("comm")).strip().equals(thread))
              .findFirst()
              .orElseThrow();
      return read(task.resolve("status"))
          .lines()
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseThrow();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // the thread has ended
    }
  }
}
