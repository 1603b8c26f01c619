package io.github.pidflow;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.github.pidflow.lab.Authority;
import io.github.pidflow.lab.Authority.Identity;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Prometheus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The daemon behind TLS, client certificates and passwords, scraped by a real Prometheus. */
@Timeout(180)
class WebConfigIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String TOP =
      Path.of(System.getProperty("java.home"), "bin", "java")
          + " -Xmx64m -jar "
          + System.getProperty("jar.under.test")
          + " top";

  @TempDir Path folder;

  private NetLab lab;
  private Node host;
  private Authority authority;
  private Identity server;
  private Identity client;

  @BeforeEach
  void build() {
    lab = NetLab.create();
    host = lab.node();
    authority = Authority.create(folder, "ca");
    server = authority.sign("localhost", "DNS:localhost,IP:127.0.0.1");
    client = authority.sign("prometheus", "DNS:prometheus");
  }

  @AfterEach
  void clear() {
    lab.close();
  }

  @Test
  void shouldServeScrapesOverTlsBeforeAndAfterRotation() throws IOException {
    Path web = web("secret");
    String job =
        """
        scheme: https
        tls_config: {ca_file: %s, cert_file: %s, key_file: %s}
        basic_auth: {username: alice, password: secret}
        """
            .formatted(authority.certificate(), client.certificate(), client.key());
    try (Daemon daemon = Daemon.startGuarded(host, path -> ask(path, "secret"), setting(web));
        Prometheus prometheus = Prometheus.start(host, "127.0.0.1:10067", job)) {
      String up = "up{job=\"pidflow\"}";
      daemon.await(up + " = 1", LIMIT, page -> prometheus.number(up) == 1);

      authority.sign("localhost", "DNS:localhost,IP:127.0.0.1").replace(server);
      String scrapes = "count_over_time(pidflow_captured_bytes_total[60s])";
      double before = prometheus.number(scrapes);
      daemon.await("more scrapes", LIMIT, page -> prometheus.number(scrapes) > before + 2);
      assertEquals(1, prometheus.number(up));

      Files.copy(web("changed"), web, StandardCopyOption.REPLACE_EXISTING);
      assertTrue(ask("/metrics", "secret").startsWith("401 "));
      assertTrue(ask("/metrics", "changed").startsWith("200 "));
      assertTrue(daemon.log().contains("serves https://127.0.0.1:10067/metrics"), daemon.log());
      assertTrue(daemon.log().contains(": it or a file it names has changed"), daemon.log());
      assertTrue(!daemon.log().contains("\tat "), daemon.log());
    }
  }

  @Test
  void shouldUseTheConfiguredCurves() throws IOException {
    Path web =
        Files.writeString(
            folder.resolve("curves.yml"),
            """
            tls_server_config:
              cert_file: %s
              key_file: %s
              curve_preferences: [CurveP384]
            """
                .formatted(server.certificate(), server.key()));
    try (Daemon daemon = Daemon.startGuarded(host, path -> ask(path, "x"), setting(web))) {
      assertTrue(daemon.page().text().contains("pidflow_build_info"));
      host.run(curl("/metrics", "--curves", "P-384"));
      IllegalStateException refused =
          assertThrows(
              IllegalStateException.class, () -> host.run(curl("/metrics", "--curves", "P-256")));
      assertTrue(refused.getMessage().contains("exit 35"), refused.getMessage());
    }
  }

  @Test
  void shouldAnswerTopOnlyWithAPassword() throws IOException {
    Path web =
        Files.writeString(
            folder.resolve("top.yml"),
            """
            tls_server_config: {cert_file: %s, key_file: %s}
            basic_auth_users: {alice: %s}
            """
                .formatted(server.certificate(), server.key(), hash("secret")));
    Path right = Files.writeString(folder.resolve("right"), "secret\n");
    Path wrong = Files.writeString(folder.resolve("wrong"), "guess\n");
    String top = TOP + " --once --url https://localhost:10067 --ca-file " + authority.certificate();
    try (Daemon daemon = Daemon.startGuarded(host, path -> ask(path, "secret"), setting(web))) {
      String table = host.run("sh", "-c", top + " --user alice --password-file " + right);
      assertTrue(table.contains("COMM"), table);

      for (String refused : List.of("", " --user alice --password-file " + wrong)) {
        String said = host.run("sh", "-c", top + refused + " 2>&1; test $? = 1");
        assertTrue(said.contains("rejects the user or the password"), said);
      }
      String unknown =
          host.run("sh", "-c", TOP + " --once --url https://localhost:10067 2>&1; test $? = 1");
      assertTrue(unknown.contains("unable to find valid certification path"), unknown);
      assertTrue(daemon.page().text().contains("pidflow_build_info"));
    }
  }

  @Test
  void shouldAnswerTopOnlyWithACertificate() throws IOException {
    Path web =
        Files.writeString(
            folder.resolve("client.yml"),
            """
            tls_server_config:
              cert_file: %s
              key_file: %s
              client_ca_file: %s
              client_auth_type: RequireAndVerifyClientCert
            """
                .formatted(server.certificate(), server.key(), authority.certificate()));
    String top = TOP + " --once --url https://localhost:10067 --ca-file " + authority.certificate();
    String shown = " --cert-file " + client.certificate() + " --key-file ";
    try (Daemon daemon = Daemon.startGuarded(host, path -> ask(path, "x"), setting(web))) {
      String table = host.run("sh", "-c", top + shown + client.key());
      assertTrue(table.contains("COMM"), table);

      String refused = host.run("sh", "-c", top + " 2>&1; test $? = 1");
      assertTrue(refused.contains("certificate"), refused);
      String alone = host.run("sh", "-c", top + " --key-file x 2>&1; test $? = 2");
      assertTrue(alone.contains("--cert-file and --key-file must be given together"), alone);
      String noKey =
          host.run("sh", "-c", top + shown + client.certificate() + " 2>&1; test $? = 1");
      assertTrue(noKey.contains(client.certificate() + ": "), noKey);
      assertTrue(daemon.page().text().contains("pidflow_build_info"));
    }
  }

  @Test
  void shouldNotStartWithAnInvalidFileAndListEveryProblem() throws IOException {
    Path web =
        Files.writeString(
            folder.resolve("wrong.yml"),
            """
            tls_server_config:
              cert_file: nothing.pem
              key_file: %s
              client_auth_typ: NoClientCert
            basic_auth_users:
              alice: secret
            """
                .formatted(authority.certificate()));

    Daemon.Outcome outcome = Daemon.runToEnd(host, List.of(), setting(web) + "\n");

    assertNotEquals(0, outcome.exitCode(), outcome.log());
    for (String expected :
        List.of(
            "4 problems in the web configuration:",
            web + ": 2: tls_server_config.cert_file: " + folder.resolve("nothing.pem"),
            web + ": 3: tls_server_config.key_file: " + authority.certificate(),
            web + ": 4: tls_server_config.client_auth_typ: unknown key",
            web + ": 6: basic_auth_users.alice: must be a bcrypt hash")) {
      assertTrue(outcome.log().contains(expected), () -> expected + " not in " + outcome.log());
    }
    assertTrue(!outcome.log().contains("\tat "), outcome.log());
  }

  private Path web(String password) throws IOException {
    return Files.writeString(
        folder.resolve(password + ".yml"),
        """
        tls_server_config:
          cert_file: %s
          key_file: %s
          client_ca_file: %s
          client_auth_type: RequireAndVerifyClientCert
        basic_auth_users:
          alice: %s
        """
            .formatted(
                server.certificate().getFileName(),
                server.key().getFileName(),
                authority.certificate().getFileName(),
                hash(password)));
  }

  private static String hash(String password) {
    return BCrypt.withDefaults().hashToString(8, password.toCharArray());
  }

  private static String setting(Path web) {
    return "pidflow.web.config-file = \"" + web + '"';
  }

  private String ask(String path, String password) {
    String answer = host.run(curl(path, "-u", "alice:" + password, "-w", "%{http_code}"));
    int end = answer.length() - 3;
    byte[] body = answer.substring(0, end).getBytes(UTF_8);
    return answer.substring(end) + ' ' + new String(Base64.getEncoder().encode(body), ISO_8859_1);
  }

  private String[] curl(String path, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "-s",
                "--max-time",
                "20",
                "--cacert",
                authority.certificate().toString(),
                "--cert",
                client.certificate().toString(),
                "--key",
                client.key().toString()));
    command.addAll(Arrays.asList(arguments));
    command.add("https://127.0.0.1:10067" + path);
    return command.toArray(String[]::new);
  }
}
