package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.lab.Authority;
import io.github.pidflow.lab.Authority.Identity;
import io.github.pidflow.lab.Command;
import io.github.pidflow.runtime.ReloadStatus;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server with a web configuration, queried by curl(1), with certificates made by openssl(1).
 */
@Timeout(120)
class WebAccessIT {
  private static final String NAMES = "DNS:localhost,IP:127.0.0.1";
  private static final String TLS =
      """
      tls_server_config:
        cert_file: server.pem
        key_file: server.key
      """;
  private static final String CLIENTS = TLS + "  client_ca_file: ca.pem\n  client_auth_type: ";

  @TempDir Path folder;

  private Authority authority;
  private Identity server;
  private LocalEndpoint endpoint;

  /** The JVM reads its limits once; waiting clients must not time out in between. */
  @BeforeAll
  static void bePatient() {
    System.setProperty("sun.net.httpserver.maxReqTime", "60");
  }

  @BeforeEach
  void sign() {
    authority = Authority.create(folder, "ca");
    server = new Identity(folder.resolve("server.pem"), folder.resolve("server.key"));
    authority.sign("localhost", NAMES).replace(server);
  }

  @AfterEach
  void stop() {
    if (endpoint != null) {
      endpoint.close();
    }
  }

  @Test
  void shouldServeOnlyTlsClientsThatTrustItsAuthority() throws Exception {
    start(TLS);

    assertEquals("healthy", get());
    assertEquals(60, curl("https", List.of("--cacert", other().toString())).exitCode());
    assertNotEquals("healthy", curl("http", List.of()).output());
  }

  @Test
  void shouldBeRejectedByClientsAfterItsCertificateExpires() throws Exception {
    authority.signExpired("localhost", NAMES).replace(server);
    start(TLS);

    assertEquals(60, curl("https", List.of("--cacert", ca())).exitCode());
  }

  /** The formats openssl writes: traditional RSA and EC, PKCS #8, and EdDSA. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "genrsa -traditional 2048",
        "genrsa 2048",
        "ecparam -name secp384r1 -genkey",
        "ecparam -name prime256v1 -genkey -noout",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp521r1",
        "genpkey -algorithm ed25519"
      })
  void shouldReadEveryKeyFormat(String command) throws Exception {
    List<String> openssl = new ArrayList<>(List.of("openssl"));
    openssl.addAll(Arrays.asList(command.split(" ", -1)));
    Command.Result key = Command.result(openssl, Path.of("/dev/null"));
    assertEquals(0, key.exitCode(), key.output());
    Files.writeString(server.key(), key.output().substring(key.output().indexOf("-----BEGIN")));
    Command.run(
        List.of(
            "openssl",
            "req",
            "-x509",
            "-new",
            "-key",
            server.key().toString(),
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=" + NAMES,
            "-out",
            server.certificate().toString()));
    start(TLS);

    assertEquals("healthy", get("--cacert", server.certificate().toString()));
  }

  @Test
  void shouldAcceptInlineCertificates() throws Exception {
    start(
        "tls_server_config:\n  client_auth_type: RequireAndVerifyClientCert\n"
            + inline("cert", server.certificate())
            + inline("key", server.key())
            + inline("client_ca", Path.of(ca())));
    Identity client = authority.sign("prometheus", "DNS:prometheus");

    assertEquals("healthy", get(as(client)));
    assertNotEquals("healthy", get());
  }

  @ParameterizedTest
  @CsvSource({
    "NoClientCert,               true,  true,  true,  true",
    "RequestClientCert,          true,  true,  true,  true",
    "RequireAnyClientCert,       false, true,  true,  true",
    "VerifyClientCertIfGiven,    true,  false, false, true",
    "RequireAndVerifyClientCert, false, false, false, true"
  })
  void shouldAskForClientCertificates(
      String type, boolean none, boolean stranger, boolean expired, boolean known)
      throws Exception {
    start((type.equals("NoClientCert") ? TLS + "  client_auth_type: " : CLIENTS) + type + "\n");
    Authority strangers = Authority.create(Files.createDirectory(folder.resolve("s")), "ca");

    assertEquals(none, get().equals("healthy"), "no certificate");
    assertEquals(stranger, get(as(strangers.sign("x", "DNS:x"))).equals("healthy"), "stranger");
    assertEquals(
        expired, get(as(authority.signExpired("x", "DNS:x"))).equals("healthy"), "expired");
    assertEquals(known, get(as(authority.sign("x", "DNS:x"))).equals("healthy"), "known");
  }

  @ParameterizedTest
  @CsvSource({
    "DNS:prometheus.example, true",
    "'DNS:a,IP:10.0.0.1',    true",
    "IP:2001:DB8::1,         true",
    "email:a@example.org,    true",
    "URI:spiffe://x/y,       true",
    "DNS:x.example,          false",
    "DNS:10.0.0.2,           false"
  })
  void shouldAdmitClientsByCertificateName(String names, boolean admitted) throws Exception {
    start(
        CLIENTS
            + """
            RequireAndVerifyClientCert
              client_allowed_sans:
                - prometheus.example
                - 10.0.0.1
                - 2001:db8:0::1
                - a@example.org
                - spiffe://x/y
            """);

    assertEquals(admitted, get(as(authority.sign("x", names))).equals("healthy"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/page.js",
        "/metrics",
        "/api/v1/processes",
        "/api/v1/status",
        "/-/healthy",
        "/-/ready",
        "/nothing"
      })
  void shouldRequireAPasswordOnEveryPath(String path) throws Exception {
    start(TLS + "basic_auth_users: {alice: " + hash("secret") + "}\n");

    String refused = status(path);
    assertTrue(refused.startsWith("HTTP/1.1 401"), refused);
    assertTrue(
        refused.toLowerCase(Locale.ROOT).contains("www-authenticate: basic realm="), refused);
    assertTrue(status(path, "-u", "alice:wrong").startsWith("HTTP/1.1 401"));
    assertTrue(status(path, "-u", "bob:secret").startsWith("HTTP/1.1 401"));
    String admitted = path.equals("/nothing") ? "HTTP/1.1 404" : "HTTP/1.1 200";
    assertTrue(status(path, "-u", "alice:secret").startsWith(admitted));
  }

  @Test
  void shouldRequirePasswordsWithoutTls() throws Exception {
    start("basic_auth_users: {alice: " + hash("secret") + "}\n");

    assertEquals(401, endpoint.get("/metrics").statusCode());
    assertEquals("healthy\n", curl("http", List.of("-u", "alice:secret")).output());
  }

  @Test
  void shouldNotReloadWithoutThePassword() throws Exception {
    AtomicInteger reloads = new AtomicInteger();
    Path file =
        Files.writeString(
            folder.resolve("web.yml"), "basic_auth_users: {alice: " + hash("secret") + "}\n");
    endpoint =
        new LocalEndpoint(
            () -> new ReloadStatus(true, Instant.EPOCH, "reload " + reloads.incrementAndGet()),
            Optional.of(file));

    assertEquals(
        "401",
        curl("http", "/-/reload", List.of("-X", "POST", "-o", "/dev/null", "-w", "%{http_code}"))
            .output());
    assertEquals(0, reloads.get());
    assertEquals(
        "reload 1\n",
        curl("http", "/-/reload", List.of("-X", "POST", "-u", "alice:secret")).output());
  }

  @Test
  void shouldSetHeadersAndLimitRequests() throws Exception {
    start(
        """
        http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=1}}
        rate_limit: {interval: 1h, burst: 2}
        """);

    assertEquals("deny", endpoint.get("/").headers().firstValue("X-Frame-Options").orElse(""));
    assertEquals(
        "max-age=1",
        endpoint.get("/no").headers().firstValue("Strict-Transport-Security").orElse(""));
    assertEquals(429, endpoint.get("/").statusCode());
  }

  @Test
  void shouldUseOnlyTheConfiguredVersionsAndCiphers() throws Exception {
    Path file = start(TLS + "  min_version: TLS13\n");
    assertEquals("healthy", get("--tlsv1.3"));
    assertEquals(35, curl("https", List.of("--cacert", ca(), "--tls-max", "1.2")).exitCode());

    Files.writeString(
        file,
        TLS
            + "  max_version: TLS12\n"
            + "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n");
    assertEquals("healthy", get());
    assertEquals(35, curl("https", List.of("--cacert", ca(), "--tlsv1.3")).exitCode());
    assertEquals("healthy", get("--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"));
    String[] another = {"--cacert", ca(), "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"};
    assertEquals(35, curl("https", List.of(another)).exitCode());
  }

  @Test
  void shouldReloadACertificateAndKeepTheOldOneWhenTheNewOneIsInvalid() throws Exception {
    start(TLS);
    Authority next = Authority.create(Files.createDirectory(folder.resolve("n")), "ca");
    Identity replacement = next.sign("localhost", NAMES);
    String[] byNext = {"--cacert", next.certificate().toString()};
    assertEquals("healthy", get());

    Files.copy(
        replacement.certificate(), server.certificate(), StandardCopyOption.REPLACE_EXISTING);
    assertEquals("healthy", get());
    Files.delete(server.key());
    assertEquals("healthy", get());

    Files.copy(replacement.key(), server.key());
    assertEquals("healthy", get(byNext));
    assertEquals("", get());

    authority.sign("localhost", NAMES).replace(server);
    assertEquals("healthy", get());
  }

  @Test
  void shouldTrustOnlyTheCurrentAuthority() throws Exception {
    start(CLIENTS + "RequireAndVerifyClientCert\n");
    Identity client = authority.sign("x", "DNS:x");
    assertEquals("healthy", get(as(client)));

    Path pinned = Files.copy(Path.of(ca()), folder.resolve("pinned.pem"));
    Files.copy(other(), Path.of(ca()), StandardCopyOption.REPLACE_EXISTING);
    List<String> arguments = new ArrayList<>(List.of("--cacert", pinned.toString()));
    arguments.addAll(List.of(as(client)));
    assertNotEquals("healthy\n", curl("https", arguments).output());
  }

  @Test
  void shouldReloadUsersAndKeepTheOldOnesWhenTheFileIsInvalid() throws Exception {
    Path file = start(TLS + "basic_auth_users: {alice: " + hash("secret") + "}\n");
    assertEquals("healthy", get("-u", "alice:secret"));

    Files.writeString(file, "basic_auth_users: {alice: plain}\n");
    assertEquals("healthy", get("-u", "alice:secret"));
    Files.writeString(file, "basic_auth_users: {}\n"); // That would also disable TLS.
    assertTrue(status("/").startsWith("HTTP/1.1 401"));
    Files.delete(file);
    assertEquals("healthy", get("-u", "alice:secret"));

    Files.writeString(file, TLS + "basic_auth_users: {bob: " + hash("other") + "}\n");
    assertTrue(status("/", "-u", "alice:secret").startsWith("HTTP/1.1 401"));
    assertEquals("healthy", get("-u", "bob:other"));
  }

  @Test
  void shouldServeWhileFiftyClientsNeverFinishTheirHandshakes() throws Exception {
    start(TLS);
    SSLContext anyServer = SSLContext.getInstance("TLS");
    anyServer.init(null, new TrustManager[] {new Credulous()}, null);
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 25; i++) {
        Socket inside = anyServer.getSocketFactory().createSocket("127.0.0.1", endpoint.port());
        clients.add(inside);
        inside.getOutputStream().write("GET /metr".getBytes(US_ASCII));
        // The first six bytes of a ClientHello of 512.
        clients.add(endpoint.connectAndSend("\u0016\u0003\u0001\u0002\u0000\u0001"));
      }

      assertTrue(status("/metrics").startsWith("HTTP/1.1 200"));
      for (Socket client : clients) {
        client.setSoTimeout(1);
        assertThrows(SocketTimeoutException.class, () -> client.getInputStream().read());
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private Path start(String yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("web.yml"), yaml);
    endpoint =
        new LocalEndpoint(
            Optional.of(file),
            Part.of("traffic", new TrafficFamilies(Snapshots::small, Snapshots::capture, () -> 1)));
    return file;
  }

  /** The body of the health page, or nothing without an answer. */
  private String get(String... arguments) {
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    if (!all.contains("--cacert")) {
      all.addAll(List.of("--cacert", ca()));
    }
    return curl("https", all).output().strip();
  }

  private String status(String path, String... arguments) {
    List<String> all = new ArrayList<>(List.of("-o", "/dev/null", "-D", "-", "--cacert", ca()));
    all.addAll(Arrays.asList(arguments));
    return curl("https", path, all).output();
  }

  private Command.Result curl(String scheme, List<String> arguments) {
    return curl(scheme, "/-/healthy", arguments);
  }

  private Command.Result curl(String scheme, String path, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("curl", "-s", "--max-time", "20"));
    command.addAll(arguments);
    command.add(scheme + "://localhost:" + endpoint.port() + path);
    return Command.result(command, Path.of("/dev/null"));
  }

  private String ca() {
    return authority.certificate().toString();
  }

  /** The certificate of an authority that signed nothing here. */
  private Path other() throws IOException {
    return Authority.create(Files.createDirectory(folder.resolve("other")), "ca").certificate();
  }

  private static String[] as(Identity client) {
    return new String[] {
      "--cert", client.certificate().toString(), "--key", client.key().toString()
    };
  }

  private static String inline(String key, Path pem) throws IOException {
    return "  " + key + ": |\n" + Files.readString(pem).indent(4);
  }

  private static String hash(String password) {
    return BCrypt.withDefaults().hashToString(4, password.toCharArray());
  }

  /** Trusts any server: the server's checks are under test here, not the client's. */
  private static final class Credulous extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
