package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Cgroup;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes and sockets that are gone before a scan can see them. */
@Timeout(120)
class ShortLivedIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PROCESSES = 40;
  private static final String BYTES = "pidflow_bytes_total";
  private static final String INFO = "pidflow_process_info";

  private Peer far;

  @BeforeEach
  void build() {
    far = remote.peer("far");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeADatagramToAProcessThatHasEnded(String engine) throws Exception {
    PeerSocket sink = far.udp(INET);
    try (Daemon daemon = Daemon.start(host, engine)) {
      List<Long> pids = runAll("printf 12345 > /dev/udp/%s/%d", sink.port());

      long each = 20 + 8 + 5;
      awaitSum(daemon, "tx of all", pids.size() * each, page -> sum(page, pids).tx());
      MetricsPage page = daemon.page();
      for (long pid : pids) {
        assertEquals(each, page.process(pid).tx(), () -> "pid " + pid + "\n" + page.traffic());
      }
      page.assertConserved();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldAttributeAConnectionClosedImmediately(String engine) throws Exception {
    PeerSocket listener = far.listen(INET);
    try (Daemon daemon = Daemon.start(host, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      List<Long> pids = runAll("exec 3<>/dev/tcp/%s/%d; printf 12345 >&3", listener.port());

      long sent = oracle.settled().sum(flow -> flow.destinationPort() == listener.port());
      long received = oracle.settled().sum(flow -> flow.sourcePort() == listener.port());
      awaitSum(daemon, "tx of all", sent, page -> sum(page, pids).tx());
      awaitSum(daemon, "rx of all", received, page -> sum(page, pids).rx());
      assertEquals(0, daemon.page().unattributed("no_socket").tx());
    }
  }

  /** Threads name themselves; so does the main thread of a browser, but it opens no socket. */
  private static final String THREADS =
      """
      import ctypes, os, socket, sys, threading
      prctl = ctypes.CDLL(None).prctl
      s = socket.socket  # Resolved before the threads run.
      def send():
          prctl(15, b"Socket Thread", 0, 0, 0)
          with s(socket.AF_INET, socket.SOCK_DGRAM) as out:
              out.sendto(b"12345", ("%s", %d))
          os._exit(0)
      def run():
          threading.Thread(target=send).start()
          threading.Event().wait()
      child = os.fork()
      if child == 0:
          run()
      os.waitpid(child, 0)
      renamed = os.fork()
      if renamed == 0:
          prctl(15, b"renamed", 0, 0, 0)
          run()
      os.waitpid(renamed, 0)
      print(child, renamed, flush=True)
      run()
      """;

  @Test
  void shouldNameTheProcessWhoseThreadOpenedTheSocket() throws Exception {
    PeerSocket sink = far.udp(INET);
    String script = THREADS.formatted(link.b4().getHostAddress(), sink.port());
    String exe = Path.of("/usr/bin/python3").toRealPath().toString();
    try (Daemon daemon = Daemon.start(host, "ring")) {
      Map<String, String> names = new LinkedHashMap<>();
      for (int i = 0; i < 5; i++) {
        Process process = host.start(new ProcessBuilder("/usr/bin/python3", "-c", script));
        String[] forked =
            new String(process.getInputStream().readAllBytes(), US_ASCII).strip().split(" ", -1);
        assertEquals(0, process.waitFor());
        names.put(Long.toString(process.pid()), "python3");
        names.put(forked[0], "python3");
        names.put(forked[1], "renamed");
      }

      MetricsPage page =
          daemon.await(
              "33 bytes of each of " + names,
              LIMIT,
              one -> names.keySet().stream().allMatch(pid -> sent(one, pid) == 33));
      names.forEach(
          (pid, comm) -> {
            Supplier<String> traffic =
                () -> pid + " is not " + comm + page.series(INFO, "pid", pid) + page.traffic();
            assertEquals(33, page.sum(BYTES, "pid", pid, "comm", comm), traffic);
            assertEquals(
                1, page.series(INFO, "pid", pid, "comm", comm, "exe", exe).size(), traffic);
          });
      page.assertConserved();
    }
  }

  private static long sent(MetricsPage page, String pid) {
    return page.process(Long.parseLong(pid)).tx();
  }

  /** Only its cgroup still tells where it ran. */
  @Test
  void shouldNameTheContainerOfAProcessThatHasEnded() throws Exception {
    String container = "c0ffee00".repeat(8);
    PeerSocket sink = far.udp(INET);
    try (Cgroup cgroup = Cgroup.create("docker-" + container + ".scope");
        Daemon daemon = Daemon.start(host, "ring")) {
      awaitContainer(daemon, sendIn(cgroup, sink.port()), container);
    }
  }

  /** Its cgroup was removed before the daemon could ask for it. */
  @Test
  void shouldNameTheContainerWhoseCgroupWasRemoved() throws Exception {
    String earlier = "0ddba110".repeat(8);
    String later = "decade00".repeat(8);
    PeerSocket sink = far.udp(INET);
    try (Cgroup before = Cgroup.create("docker-" + earlier + ".scope");
        Daemon daemon = Daemon.start(host, "ring")) {
      String daemonPid = Long.toString(daemon.pid());
      host.run("kill", "-STOP", daemonPid);
      try (Cgroup after = Cgroup.create("docker-" + later + ".scope")) {
        long pid = sendIn(before, sink.port());
        long laterPid = sendIn(after, sink.port());
        before.remove();
        after.remove();
        host.run("kill", "-CONT", daemonPid);

        awaitContainer(daemon, pid, earlier);
        awaitContainer(daemon, laterPid, later);
      }
    }
  }

  private long sendIn(Cgroup cgroup, int port) throws Exception {
    String send = "read && printf 12345 > /dev/udp/%s/%d";
    Process process =
        host.start(
            new ProcessBuilder("bash", "-c", send.formatted(link.b4().getHostAddress(), port)));
    cgroup.add(process.pid());
    process.getOutputStream().write('\n');
    process.getOutputStream().close();
    assertEquals(0, process.waitFor());
    return process.pid();
  }

  private static void awaitContainer(Daemon daemon, long pid, String container) throws IOException {
    String label = Long.toString(pid);
    String exe = Path.of("/bin/bash").toRealPath().toString();
    MetricsPage page =
        daemon.await("33 bytes of " + pid, LIMIT, one -> one.process(pid).tx() == 33);
    assertEquals(
        1,
        page.series(INFO, "pid", label, "container_id", container, "exe", exe).size(),
        () -> page.series(INFO, "pid", label).toString());
  }

  @Test
  void shouldReportNoSocketWhenCreationEventsAreOff() throws Exception {
    PeerSocket sink = far.udp(INET);
    try (Daemon daemon =
        Daemon.start(
            host,
            "ring",
            "pidflow.ownership.note-creations = off",
            "pidflow.accounting.parked.max-age = 1s")) {
      List<Long> pids = runAll("printf 12345 > /dev/udp/%s/%d", sink.port());

      awaitSum(
          daemon,
          "tx of all, and of nobody",
          pids.size() * 33L,
          page -> sum(page, pids).tx() + page.unattributed("no_socket").tx());
      daemon.page().assertConserved();
    }
  }

  /** Runs short-lived bash processes one after the other and returns their pids. */
  private List<Long> runAll(String script, int port) throws InterruptedException {
    List<Long> pids = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      String command = script.formatted(link.b4().getHostAddress(), port);
      Process process = host.start(new ProcessBuilder("bash", "-c", command));
      pids.add(process.pid());
      assertEquals(0, process.waitFor());
    }
    return pids;
  }

  private static Moved sum(MetricsPage page, List<Long> pids) {
    long rx = 0;
    long tx = 0;
    for (long pid : pids) {
      rx += page.process(pid).rx();
      tx += page.process(pid).tx();
    }
    return new Moved(rx, tx);
  }

  private static void awaitSum(
      Daemon daemon, String what, long expected, ToLongFunction<MetricsPage> value) {
    daemon.await(what + " = " + expected, LIMIT, page -> value.applyAsLong(page) == expected);
  }
}
