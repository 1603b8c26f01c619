package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.lab.Audit;
import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.HostTest;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.metering.PcapFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The daemon runs with only its documented privileges, explains why it cannot start, and stops on a
 * signal.
 */
@Timeout(120)
class StartStopIT extends HostTest {
  private static final List<String> NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  private static final List<String> PID_NAMESPACE =
      List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");

  /** A process with a socket that lives as long as the test at most. */
  private static final String LISTEN =
      "timeout 100 python3 -c 'import socket, time; s = socket.socket(); s.bind((\"127.0.0.1\","
          + " 0)); s.listen(); time.sleep(99)'";

  @TempDir private Path folder;
  @TempDir private Path capturesFolder;

  @ParameterizedTest
  @CsvSource({"ring, TERM, 143", "ring, INT, 130", "libpcap, TERM, 143", "libpcap, INT, 130"})
  void shouldStopOnASignal(String engine, String signal, int killedBySignal) {
    Peer sender = host.peer("sender");
    Peer receiver = host.peer("receiver");
    // A test run in the background may ignore SIGINT, and its children would inherit that.
    List<String> heedful = List.of("env", "--default-signal=INT");
    try (Daemon daemon = Daemon.start(host, 10067, heedful, engine)) {
      Connection connection =
          Connection.open(sender, receiver, INET, InetAddress.getLoopbackAddress());
      Peer.finish(connection.upload(1_000_000));

      long started = System.nanoTime();
      int exitCode = daemon.stop(signal);
      Duration took = Duration.ofNanos(System.nanoTime() - started);

      // A JVM that completed its shutdown hooks still exits with 128 + the signal number by
      // default.
      assertTrue(exitCode == 0 || exitCode == killedBySignal, exitCode + "\n" + daemon.log());
      // Two seconds are promised; a loaded test machine gets more.
      assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, took + "\n" + daemon.log());
      assertTrue(!daemon.log().contains("Exception"), daemon.log());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldRunWithOnlyItsCapabilities(String engine) {
    Node remote = lab.node();
    Link link = lab.link(host, remote);
    Peer far = remote.peer("far");
    Peer near = host.peer("near");
    List<String> prefix = new ArrayList<>(NOBODY);
    String capabilities = "+net_raw,+sys_ptrace,+dac_read_search";
    prefix.add("--inh-caps=" + capabilities);
    prefix.add("--ambient-caps=" + capabilities);
    prefix.add("--bounding-set=-all," + capabilities);
    try (Daemon daemon = Daemon.start(host, 10067, prefix, engine);
        Oracle oracle = Oracle.start(host, "any")) {
      Audit.assertConservedUntil(
          daemon, List.of(Connection.open(near, far, INET, link.b4()).upload(1_000_000)));
      Audit.assertCredited(daemon, oracle, near);
      assertTrue(oracle.stop().of(near).tx() > 1_000_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "libpcap"})
  void shouldNameTheMissingCapability(String engine) {
    Daemon.Outcome outcome =
        Daemon.runToEnd(host, NOBODY, "pidflow.capture.engine = " + engine + "\n");

    assertFailed(outcome, "net_raw", "AmbientCapabilities");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"run", "check", "replay --sockets=/dev/null FILE", "record --comm=x --write=-"})
  void shouldSayWhyTheNativeLibraryCannotBeUnpacked(String command) throws IOException {
    Command.Result refusal = onJava(List.of("env"), "-Djna.tmpdir=/proc/sys", command);

    assertEquals(1, refusal.exitCode(), refusal.output());
    assertTrue(refusal.output().startsWith("pidflow: cannot load the native library of JNA"));
    assertTrue(refusal.output().contains("JNA unpacks it into /proc/sys"), refusal.output());
    assertEquals(1, refusal.output().lines().count(), refusal.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ro", "noexec", "size=8k"})
  void shouldUnpackTheNativeLibraryElsewhereIfTheUsualFolderIsOfNoUse(String options)
      throws IOException {
    String mounted = "mount -t tmpfs -o " + options + " none '" + folder + "' && exec \"$@\"";
    List<String> prefix =
        List.of("unshare", "-m", "env", "XDG_CACHE_HOME=" + folder, "sh", "-c", mounted, "sh");
    String replay = "replay --sockets=/dev/null FILE";

    Command.Result done = onJava(prefix, "-Djava.io.tmpdir=" + folder, replay);

    assertEquals(0, done.exitCode(), done.output());
    assertTrue(done.output().contains(": 1 frames in "), done.output());
  }

  /** Runs a command of the jar, where FILE is a capture file, with an option of the JVM. */
  private Command.Result onJava(List<String> prefix, String option, String command)
      throws IOException {
    Path capture =
        PcapFile.write(
            capturesFolder.resolve("one.pcap"),
            FrameBuilder.ethernet().ipv4("10.0.0.5", "192.0.2.7").udp(1, 2));
    List<String> line = new ArrayList<>(prefix);
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:-UsePerfData", option));
    line.addAll(List.of("-jar", System.getProperty("jar.under.test")));
    line.addAll(List.of(command.replace("FILE", capture.toString()).split(" ")));
    return Command.result(line, Path.of("/dev/null"));
  }

  @Test
  void shouldNotBeReadyInAPidNamespaceOfItsOwn() throws Exception {
    Peer sender = host.peer("sender");
    Peer.finish(
        Connection.open(sender, host.peer("receiver"), INET, InetAddress.getLoopbackAddress())
            .upload(1000));
    Command.Result check = onJava(PID_NAMESPACE, "-Dpidflow.namespaces=host", "check");

    assertEquals(1, check.exitCode(), check.output());
    assertTrue(check.output().contains("\nfailed  /proc "), check.output());
    assertTrue(check.output().contains("fix: run pidflow in the host's PID namespace"));

    List<String> run = new ArrayList<>(PID_NAMESPACE);
    run.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    run.addAll(List.of("-Dpidflow.namespaces=host", "-jar", System.getProperty("jar.under.test")));
    run.add("run");
    Process daemon =
        host.start(
            new ProcessBuilder(run)
                .redirectErrorStream(true)
                .redirectOutput(capturesFolder.resolve("log").toFile()));
    try {
      String ready = awaitScan(daemon);

      assertTrue(ready.strip().endsWith("503"), ready);
      assertTrue(ready.contains("host's PID namespace"), ready);
    } finally {
      daemon.destroyForcibly();
    }
  }

  /** Waits until the daemon has scanned, and returns its answer at /-/ready then. */
  private String awaitScan(Process daemon) throws InterruptedException {
    for (int tries = 0; daemon.isAlive() && tries < 300; tries++) {
      Thread.sleep(100);
      if (get("/metrics").matches("(?s).*\\npidflow_ownership_scans_total [1-9].*")) {
        return get("/-/ready");
      }
    }
    throw new AssertionError("the daemon has not scanned");
  }

  /** The body and the status of a path; 000 while nothing listens. */
  private String get(String path) {
    String curl = "curl -s -w ' %{http_code}' http://127.0.0.1:10067" + path + " || true";
    return host.run("sh", "-c", curl);
  }

  @Test
  void shouldBeReadyInAPidNamespaceSharedWithTheOwners() {
    List<String> prefix = new ArrayList<>(PID_NAMESPACE);
    prefix.addAll(List.of("sh", "-c", LISTEN + " & exec \"$@\"", "sh"));

    try (Daemon daemon = Daemon.start(host, 10067, prefix, "ring")) {
      daemon.page().assertConserved();
    }
  }

  @Test
  void shouldNameOnlyTheMissingCapabilities() throws IOException {
    List<String> prefix = new ArrayList<>(NOBODY);
    String capabilities = "+net_raw,+sys_ptrace,+bpf";
    prefix.add("--inh-caps=" + capabilities);
    prefix.add("--ambient-caps=" + capabilities);
    prefix.add("--bounding-set=-all," + capabilities);

    String output = onJava(prefix, "-Dpidflow.namespaces=host", "check").output();

    assertTrue(output.contains("fix: add the capability CAP_NET_ADMIN "), output);
    assertTrue(output.contains("fix: add the capability CAP_DAC_READ_SEARCH "), output);
    assertTrue(!output.contains("CAP_BPF") && !output.contains("CAP_SYS_PTRACE"), output);
  }

  @Test
  void shouldReportAnUnreadableConfiguration() {
    assertFailed(
        Daemon.runToEnd(host, NOBODY, "pidflow.log.level = info\n", "rw-------"),
        "pidflow: 1 problem in the settings",
        "pidflow.conf: is not readable by this user: change its owner or mode");
  }

  @Test
  void shouldNameABusyPortAndItsSetting() {
    try (Daemon first = Daemon.start(host, "ring")) {
      Daemon.Outcome outcome =
          Daemon.runToEnd(host, List.of(), "pidflow.web.listen-address = \"127.0.0.1:10067\"\n");

      assertFailed(outcome, "10067", "listen-address");
      first.page().assertConserved();
    }
  }

  @Test
  void shouldListTheKnownEnginesForAnUnknownOne() {
    assertFailed(
        Daemon.runToEnd(host, List.of(), "pidflow.capture.engine = bpfilter\n"),
        "pidflow.capture.engine",
        "bpfilter",
        "ring",
        "libpcap");
  }

  @Test
  void shouldListEveryProblemOfAConfigurationWithItsLine() {
    String configuration =
        """
        pidflow.capture.snap-length = many
        pidflow.capture.snaplength = 96
        pidflow.accounting.retention = 5 parsecs
        """;

    assertFailed(
        Daemon.runToEnd(host, List.of(), configuration),
        "pidflow.conf: 1",
        "pidflow.conf: 2",
        "pidflow.conf: 3",
        "snaplength",
        "parsecs");
  }

  @Test
  void shouldNameTheLineOfAHoconSyntaxError() {
    assertFailed(
        Daemon.runToEnd(host, List.of(), "pidflow {\n  capture { engine = ring\n"), "pidflow.conf");
  }

  /** Checks that it failed and that its output contains these words, in any case. */
  private static void assertFailed(Daemon.Outcome outcome, String... words) {
    assertNotEquals(0, outcome.exitCode(), outcome.log());
    for (String word : words) {
      assertTrue(
          outcome.log().toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT)),
          "no '" + word + "' in:\n" + outcome.log());
    }
    assertTrue(!outcome.log().contains("\tat "), "a stack trace:\n" + outcome.log());
  }
}
