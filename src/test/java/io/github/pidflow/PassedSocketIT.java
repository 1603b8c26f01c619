package io.github.pidflow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Ledger;
import io.github.pidflow.lab.LinkTest;
import io.github.pidflow.lab.MetricsPage;
import io.github.pidflow.lab.Moved;
import io.github.pidflow.lab.Oracle;
import io.github.pidflow.lab.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections whose creator puts them into the hands of a process that did not ask for them. */
@Timeout(60)
class PassedSocketIT extends LinkTest {
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final int BYTES = 2 << 20;
  private static final String SCANS = "pidflow_ownership_scans_total";

  @TempDir private Path folder;

  /** A process that speaks in lines. */
  private record Talker(Process process, BufferedReader out) {
    static Talker of(Process process) {
      return new Talker(
          process, new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)));
    }

    private int number() throws IOException {
      return Integer.parseInt(out.readLine());
    }

    private void obey(String command) throws IOException {
      process.getOutputStream().write((command + '\n').getBytes(UTF_8));
      process.getOutputStream().flush();
      assertEquals(command, out.readLine());
    }
  }

  /**
   * The victim never asks for the socket, but it closes it last, or keeps it; or the kernel closes
   * it on a thread of its own.
   */
  @ParameterizedTest
  @CsvSource({
    "send, close, older",
    "send, keep, older",
    "send, keep, younger",
    "hold, keep, older",
    "collect, ,",
    "inherit, ,"
  })
  void shouldNotCreditWhoWasSentASocket(String mode, String command, String age) throws Exception {
    Talker sink = Talker.of(remote.start(program("sink", link.b4().getHostAddress(), BYTES)));
    int port = sink.number();
    Path path = folder.resolve("victim");
    try (Daemon daemon = Daemon.start(host, "ring", "pidflow.accounting.parked.max-age = 2s");
        Oracle oracle = Oracle.start(host, "any")) {
      Talker victim = "older".equals(age) ? victim(path) : null;
      Talker sender =
          Talker.of(
              host.start(program("sender", mode, link.b4().getHostAddress(), port, BYTES, path)));
      int local = sender.number();
      long creator = sender.number();
      if ("younger".equals(age)) {
        victim = victim(path);
      }
      if (command != null) {
        victim.obey(command);
      }
      long victimPid = victim == null ? 0 : victim.process.pid();

      assertEquals("received", sink.out.readLine());
      Ledger ledger = oracle.settled();
      Moved moved =
          new Moved(
              ledger.sum(flow -> flow.destinationPort() == local),
              ledger.sum(flow -> flow.sourcePort() == local));
      assertTrue(moved.tx() > BYTES, moved::toString);
      MetricsPage page =
          daemon.await(
              moved + " of " + creator + " or ambiguous",
              LIMIT,
              one ->
                  credited(one, creator, sender.process.pid())
                          .plus(one.unattributed("ambiguous"))
                          .equals(moved)
                      && one.process(victimPid).equals(new Moved(0, 0)));
      System.out.printf("%s %s %s: %s of %s%n", mode, command, age, page.process(creator), moved);
      if (mode.equals("inherit")) {
        // The parent was seen with it before.
        assertTrue(page.process(creator).tx() > BYTES / 2, page::traffic);
      }
      page.assertConserved();
    }
  }

  /** Nobody notes who accepts, so only user and descent tell that the victim did not. */
  @ParameterizedTest
  @ValueSource(strings = {"close", "keep"})
  void shouldNotCreditWhoWasSentAnAcceptedConnection(String command) throws Exception {
    String address = link.a4().getHostAddress();
    Path path = folder.resolve("victim");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    try (Daemon daemon = Daemon.start(host, "ring", "pidflow.accounting.parked.max-age = 2s");
        Oracle oracle = Oracle.start(host, "any")) {
      Talker victim = victim(path);
      Talker sender = Talker.of(host.start(program("sender", "accept", address, 0, BYTES, path)));
      int port = sender.number();
      long scans = daemon.page().sum(SCANS);
      daemon.await("a scan that lists the port", LIMIT, page -> page.sum(SCANS) > scans + 1);
      Talker client = Talker.of(remote.start(program("client", address, port, BYTES)));
      assertEquals(sender.process.pid(), sender.number());
      victim.obey(command);
      assertEquals("received", client.out.readLine());
      Ledger ledger = oracle.settled();
      Moved moved =
          new Moved(
              ledger.sum(flow -> flow.destinationPort() == port),
              ledger.sum(flow -> flow.sourcePort() == port));

      daemon.await(
          moved + " of " + sender.process.pid(),
          LIMIT,
          page ->
              page.process(sender.process.pid()).plus(page.unattributed("ambiguous")).equals(moved)
                  && page.process(victim.process.pid()).equals(new Moved(0, 0)));
    }
  }

  /** Older than the daemon, so that nothing but descriptor tables tells whose it is. */
  @Test
  void shouldCreditAThreadWithADescriptorTableOfItsOwn() throws Exception {
    String address = link.b4().getHostAddress();
    Talker sink = Talker.of(remote.start(program("sink", address, BYTES)));
    String[] command = Script.command("unshared_thread.py", address, sink.number(), BYTES);
    Talker sender = Talker.of(host.start(new ProcessBuilder(command)));
    int local = sender.number();
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, "any")) {
      sender.process.getOutputStream().write('\n');
      sender.process.getOutputStream().flush();
      assertEquals("received", sink.out.readLine());
      long sent = oracle.settled().sum(flow -> flow.sourcePort() == local);

      daemon.await(
          sent + " of " + sender.process.pid(),
          LIMIT,
          page -> page.process(sender.process.pid()).tx() == sent);
    }
  }

  /** More sockets than the kernel's notes have room for are opened meanwhile. */
  @Test
  void shouldKeepTheOwnerWhoseMainThreadHasEndedWhenItsNoteIsDropped() throws Exception {
    String address = link.b4().getHostAddress();
    Talker sink = Talker.of(remote.start(program("sink", address, BYTES)));
    int port = sink.number();
    try (Daemon daemon = Daemon.start(host, "ring");
        Oracle oracle = Oracle.start(host, "any")) {
      String[] command = Script.command("unshared_thread.py", address, port, BYTES, "ended");
      Talker sender = Talker.of(host.start(new ProcessBuilder(command)));
      int local = sender.number();
      long pid = sender.process.pid();
      daemon.await("its first bytes", LIMIT, page -> page.process(pid).tx() > 1000);
      host.run("python3", "-c", "import socket\nfor _ in range(40000): socket.socket().close()");
      sender.process.getOutputStream().write('\n');
      sender.process.getOutputStream().flush();
      assertEquals("received", sink.out.readLine());
      long sent = oracle.settled().sum(flow -> flow.sourcePort() == local);

      daemon.await(sent + " of " + pid, LIMIT, page -> page.process(pid).tx() == sent);
    }
  }

  private Talker victim(Path path) throws IOException {
    Talker victim = Talker.of(host.start(program("victim", path)));
    assertEquals("listening", victim.out.readLine());
    return victim;
  }

  private static Moved credited(MetricsPage page, long pid, long parent) {
    Moved credited = page.process(pid);
    return pid == parent ? credited : credited.plus(page.process(parent));
  }

  private static ProcessBuilder program(Object... arguments) {
    String[] command = Script.command("passed_socket.py", arguments);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }
}
