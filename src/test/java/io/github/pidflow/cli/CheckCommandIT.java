package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What check says of a host where root runs it. */
@Timeout(60)
class CheckCommandIT {
  private static final String FREE_PORT = "pidflow.web.listen-address = \"127.0.0.1:0\"\n";

  @TempDir Path folder;

  @Test
  void shouldFindThatRunWouldWork() throws IOException {
    Terminal check = check(FREE_PORT);

    assertEquals(0, check.exitCode(), check.out() + check.err());
    for (String subject : List.of("ring", "libpcap", "capture", "interfaces", "sock_diag")) {
      assertTrue(check.out().contains("ok      " + subject + ' '), check.out());
    }
    assertTrue(check.out().contains("127.0.0.1:0 is free"), check.out());
    assertTrue(check.out().endsWith("pidflow run would work here.\n"), check.out());
    assertEquals("", check.err());
  }

  @Test
  void shouldNameEveryFileDescriptorTableItCanRead() throws IOException {
    String line = line(check(FREE_PORT), "/proc ");

    assertTrue(line.matches("ok +/proc +(\\d+) of \\1 processes' fd tables can be read"), line);
  }

  @Test
  void shouldNameABusyPortAndItsFix() throws IOException {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getAllByName("::1")[0])) {
      Terminal check =
          check("pidflow.web.listen-address = \"[::1]:" + busy.getLocalPort() + "\"\n");

      String line = line(check, "listen address");
      assertTrue(line.startsWith("failed "), check.out());
      assertTrue(line.contains("[::1]:" + busy.getLocalPort() + ": "), line);
      assertFailed(check, "fix: set pidflow.web.listen-address to", "ss -ltnp");
    }
  }

  @Test
  void shouldNameAHostWithoutAnAddress() throws IOException {
    Terminal check = check("pidflow.web.listen-address = \"no.such.host.invalid:10067\"\n");

    assertTrue(line(check, "listen address").endsWith("invalid:10067: unknown host"), check.out());
    assertFailed(check);
  }

  @Test
  void shouldNotAskForPrivilegesWhereAFilterIsWrong() throws IOException {
    Terminal check = check(FREE_PORT + "pidflow.capture.filter = \"tcp prot 80\"\n");

    String line = line(check, "capture ");
    assertTrue(line.startsWith("failed "), check.out());
    assertTrue(line.contains("pidflow.capture.filter: \"tcp prot 80\""), line);
    assertTrue(!check.out().contains("run as root"), check.out());
    assertFailed(check, "fix: change the setting");
  }

  @Test
  void shouldNameTheInterfacesThereAreIfNoneIsSelected() throws IOException {
    Terminal check = check(FREE_PORT + "pidflow.capture.include-interfaces = [nope0]\n");

    assertTrue(line(check, "interfaces").matches("failed.*none selected of .*\\blo\\b.*"));
    assertFailed(check, "fix: correct pidflow.capture.include-interfaces");
  }

  @Test
  void shouldNameAFolderThatIsNoProc() throws IOException {
    Terminal check = check(FREE_PORT + "pidflow.ownership.proc-root = \"" + folder + "\"\n");

    assertTrue(line(check, "/proc ").contains("no process in " + folder), check.out());
    assertFailed(check, "pidflow.ownership.proc-root");
  }

  @Test
  void shouldReadTheWebConfigurationOfTheCommandLine() throws IOException {
    Path web = Files.writeString(folder.resolve("web.yml"), "rate_limit: {interval: 1s, burst: 9}");
    Terminal check = check(FREE_PORT, "--web.config.file=" + web);

    assertEquals(0, check.exitCode(), check.out() + check.err());
    assertTrue(line(check, "web config").endsWith(web + ", no TLS"), check.out());
  }

  @Test
  void shouldNameWhatIsWrongInTheWebConfiguration() throws IOException {
    Path web = Files.writeString(folder.resolve("web.yml"), "tls_server_config: {cert_file: x}");
    Terminal check = check(FREE_PORT + "pidflow.web.config-file = \"" + web + "\"\n");

    assertTrue(check.out().contains(web + ": 1: tls_server_config: needs key_file or key"));
    assertFailed(check, "failed  web config");
  }

  private Terminal check(String configuration, String... arguments) throws IOException {
    Path config = Files.writeString(folder.resolve("pidflow.conf"), configuration);
    List<String> all = new ArrayList<>(List.of("check", "--config=" + config));
    all.addAll(List.of(arguments));
    return Terminal.run(all.toArray(String[]::new));
  }

  private static String line(Terminal check, String subject) {
    return check
        .out()
        .lines()
        .filter(line -> line.length() > 8 && line.substring(8).startsWith(subject))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + subject + " in:\n" + check.out()));
  }

  private static void assertFailed(Terminal check, String... words) {
    assertEquals(1, check.exitCode(), check.out());
    for (String word : words) {
      assertTrue(check.out().contains(word), check.out());
    }
    assertTrue(check.out().endsWith("pidflow run would not work here.\n"), check.out());
  }
}
