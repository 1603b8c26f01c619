package io.github.pidflow.webconfig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.InvalidSettingsException;
import io.github.pidflow.runtime.Problems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class WebConfigReaderTest {
  private static final String HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";
  private static final Path FILE = Path.of("/etc/web.yml");

  private final Problems problems = new Problems("web configuration", FILE);
  private final List<Path> files = new ArrayList<>();

  @Test
  void shouldReadEverySetting() throws Exception {
    WebConfig config =
        read(
            """
            tls_server_config:
              cert_file: server.crt
              key_file: /keys/server.key
              client_ca_file: ../ca.crt
              client_auth_type: RequireAndVerifyClientCert
              client_allowed_sans: [prometheus.example, "10.0.0.1"]
              min_version: TLS13
              max_version: TLS13
              cipher_suites:
                - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
                - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
              prefer_server_cipher_suites: no
              curve_preferences: [X25519, CurveP384]
            http_server_config:
              http2: false
              headers:
                X-Frame-Options: deny
                Content-Security-Policy: default-src 'self'
                X-XSS-Protection: ""
            basic_auth_users:
              alice: %1$s
              7: '%1$s'
            rate_limit:
              interval: 500ms
              burst: 20
            """
                .formatted(HASH));

    TlsSettings tls = config.tls().orElseThrow();
    assertEquals(Optional.of(Path.of("/etc/server.crt")), tls.certificate().file());
    assertEquals(Optional.of(Path.of("/keys/server.key")), tls.key().file());
    assertEquals(
        List.of(Path.of("/etc/server.crt"), Path.of("/keys/server.key"), Path.of("/etc/../ca.crt")),
        files);
    assertEquals(ClientAuth.REQUIRE_AND_VERIFY_CLIENT_CERT, tls.clientAuth());
    assertEquals(List.of("prometheus.example", "10.0.0.1"), tls.allowedSans());
    assertEquals(List.of("TLSv1.3"), tls.protocols());
    assertEquals(
        List.of("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        tls.cipherSuites());
    assertFalse(tls.serverOrder());
    assertEquals(List.of("x25519", "secp384r1"), tls.namedGroups());
    assertEquals(
        Map.of("X-Frame-Options", "deny", "Content-Security-Policy", "default-src 'self'"),
        config.headers());
    assertEquals(Map.of("alice", HASH, "7", HASH), config.users());
    assertEquals(new RateLimitSettings(500_000_000, 20), config.rateLimit());
    assertEquals(List.of(), problems.remarks());
  }

  @Test
  void shouldUseTheToolkitsDefaults() throws Exception {
    TlsSettings tls =
        read("tls_server_config:\n  cert_file: a\n  key_file: b\n").tls().orElseThrow();

    assertEquals(ClientAuth.NO_CLIENT_CERT, tls.clientAuth());
    assertEquals(List.of("TLSv1.2", "TLSv1.3"), tls.protocols());
    assertTrue(tls.serverOrder());
    assertEquals(List.of(), tls.cipherSuites());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "---\n",
        "tls_server_config:\nbasic_auth_users:\n",
        "tls_server_config: {}\nrate_limit: {}\n",
        "tls_server_config:\n  min_version: TLS13\n",
        "rate_limit: {interval: 0, burst: 0}\nhttp_server_config: {http2: on}\n"
      })
  void shouldRequireNoAuthenticationByDefault(String yaml) throws Exception {
    assertEquals(
        new WebConfig(Optional.empty(), Map.of(), Map.of(), RateLimitSettings.NONE), read(yaml));
  }

  @ParameterizedTest
  @CsvSource({
    "NoClientCert, NO_CLIENT_CERT",
    "RequestClientCert, REQUEST_CLIENT_CERT",
    "RequireAnyClientCert, REQUIRE_ANY_CLIENT_CERT",
    "RequireClientCert, REQUIRE_ANY_CLIENT_CERT",
    "VerifyClientCertIfGiven, VERIFY_CLIENT_CERT_IF_GIVEN",
    "RequireAndVerifyClientCert, REQUIRE_AND_VERIFY_CLIENT_CERT"
  })
  void shouldAcceptEveryClientAuthType(String text, ClientAuth expected) throws Exception {
    String yaml = "tls_server_config: {cert: c, key: k, client_auth_type: " + text + "}";

    assertEquals(expected, read(yaml).tls().orElseThrow().clientAuth());
  }

  @Test
  void shouldReportAllProblemsAtOnceWithTheirLines() {
    List<String> lines =
        problems(
            """
            tls_server_config:
              cert_file: server.crt
              key_fiel: server.key
              client_ca_file: ca.crt
              client_allowed_sans: [a]
              min_version: TLS13
              max_version: TLS12
              cipher_suites:
                - TLS_RSA_WITH_RC4_128_SHA
                - [x]
              prefer_server_cipher_suites: perhaps
              curve_preferences: CurveP256
            http_server_config:
              http2: 2
              headers:
                X-Frame-Options: allow
                Server: pidflow
                X-XSS-Protection: "a\\r\\nb: c"
              header: {}
            basic_auth_users:
              alice: secret
              "a:b": %1$s
              bob: %1$s
              bob: %1$s
              carol: [%1$s]
            rate_limit:
              interval: often
              burst: -1
            tls_config: {}
            rate_limits: {}
            """
                .formatted(HASH));

    assertEquals(
        List.of(1, 3, 4, 5, 7, 9, 10, 11, 12, 14, 16, 17, 18, 19, 21, 22, 24, 25, 27, 28, 29, 30),
        lines.stream().map(line -> Integer.valueOf(line.split(": ", 3)[1])).toList());
    String all = String.join("\n", lines);
    for (String expected :
        List.of(
            "/etc/web.yml: 1: tls_server_config: needs key_file or key",
            "/etc/web.yml: 3: tls_server_config.key_fiel: unknown key, allowed are cert,"
                + " cert_file,",
            "/etc/web.yml: 4: tls_server_config.client_ca_file: needs a client_auth_type",
            "/etc/web.yml: 7: tls_server_config.max_version: is below min_version",
            "TLS_RSA_WITH_RC4_128_SHA is none this JDK offers: ",
            "tls_server_config.curve_preferences: must be a list",
            "http_server_config.http2: must be true or false, not 2",
            "http_server_config.headers.X-Frame-Options: must be deny or sameorigin, not allow",
            "http_server_config.headers.Server: unknown key, allowed are Content-Security-Policy,",
            "http_server_config.headers.X-XSS-Protection: must be one line of ASCII characters",
            "basic_auth_users.alice: must be a bcrypt hash",
            "basic_auth_users.bob: duplicate key, first in line 23",
            "rate_limit.interval: must be a duration such as 1s",
            "rate_limit.burst: must be a whole number, not -1",
            "29: tls_config: unknown key, allowed are basic_auth_users, http_server_config,")) {
      assertTrue(all.contains(expected), () -> expected + "\nnot in\n" + all);
    }
    assertFalse(all.contains("secret"), all);
    assertFalse(all.contains(HASH), all);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a: [1                                            | is not valid YAML
          - tls_server_config                              | must be a mapping
          just words                                       | must be a mapping
          tls_server_config: on                            | tls_server_config: must be a mapping
          basic_auth_users: [a]                            | basic_auth_users: must be a mapping
          {[a]: b}                                         | a key must be a scalar
          rate_limit: {interval: 1s}                       | rate_limit.burst: must be 1 or more
          rate_limit: {interval: 1s, burst: 0}             | rate_limit.burst: must be 1 or more
          tls_server_config: {client_auth_type: Any}       | must be one of NoClientCert,
          tls_server_config: {cert: a, key: b, min_version: TLS10, max_version: TLS11} | is switched off in the JDK
          tls_server_config: {cert: a, key: b, min_version: SSL3}  | must be one of TLS10, TLS11
          tls_server_config: {cert: a, key: b, curve_preferences: [P1]} | must be one of CurveP256
          """)
  void shouldRefuse(String yaml, String expected) {
    List<String> lines = problems(yaml);

    assertTrue(lines.stream().anyMatch(line -> line.contains(expected)), lines::toString);
  }

  @Test
  void shouldNotQuoteTheLineOfAYamlSyntaxError() {
    List<String> lines = problems("basic_auth_users:\n  alice: 'hunter2\n");

    assertEquals(1, lines.size());
    assertFalse(lines.get(0).contains("hunter2"), lines::toString);
  }

  @Test
  void shouldWarnAboutSettingsWithoutEffect() throws Exception {
    read(
        """
        http_server_config: {http2: true}
        tls_server_config:
          cert: a
          cert_file: b
          key_file: c
          min_version: TLS10
        """);

    assertEquals(
        List.of(
            "/etc/web.yml: 1: http_server_config.http2: this server speaks HTTP/1.1 only",
            "/etc/web.yml: 3: tls_server_config.cert: is not used, since there is cert_file",
            "/etc/web.yml: 6: tls_server_config.min_version: is switched off in the JDK; the least"
                + " is TLS12"),
        problems.remarks());
  }

  private WebConfig read(String yaml) throws InvalidSettingsException {
    WebConfig config = WebConfigReader.read(yaml, FILE.getParent(), files::add, problems);
    problems.throwIfAny();
    return config;
  }

  private List<String> problems(String yaml) {
    return assertThrows(InvalidSettingsException.class, () -> read(yaml)).problems();
  }
}
