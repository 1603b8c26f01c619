package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.lab.Authority;
import io.github.pidflow.lab.Authority.Identity;
import io.github.pidflow.lab.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which client certificates give remote clients access to recordings: only verified ones. */
@Timeout(120)
class RecordingsAccessIT {
  private static final String NAMES = "DNS:localhost,IP:127.0.0.1";

  /** A request from this host, but forwarded for another client. */
  private static final String ELSEWHERE = "X-Forwarded-For: 192.0.2.1";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "RequestClientCert,          403, 403, 403",
    "RequireAnyClientCert,       000, 403, 403",
    "VerifyClientCertIfGiven,    403, 000, 200",
    "RequireAndVerifyClientCert, 000, 000, 200"
  })
  void shouldAdmitVerifiedCertificates(String type, String none, String stranger, String known)
      throws Exception {
    Authority authority = Authority.create(folder, "ca");
    Authority strangers = Authority.create(Files.createDirectory(folder.resolve("s")), "ca");
    Identity server = authority.sign("localhost", NAMES);
    Path web =
        Files.writeString(
            folder.resolve("web.yml"),
            """
            tls_server_config:
              cert_file: %s
              key_file: %s
              client_ca_file: %s
              client_auth_type: %s
            """
                .formatted(server.certificate(), server.key(), authority.certificate(), type));
    String ca = authority.certificate().toString();
    try (LocalEndpoint endpoint = new LocalEndpoint(Optional.of(web))) {
      assertEquals(none, status(endpoint, ca, null));
      assertEquals(stranger, status(endpoint, ca, strangers.sign("x", "DNS:x")));
      assertEquals(known, status(endpoint, ca, authority.sign("x", "DNS:x")));
    }
  }

  /** curl's status, or 000 without a connection. */
  private static String status(LocalEndpoint endpoint, String ca, Identity client) {
    List<String> command = new ArrayList<>(List.of("curl", "-s", "--max-time", "20"));
    command.addAll(List.of("-o", "/dev/null", "-w", "%{http_code}", "--cacert", ca));
    if (client != null) {
      command.addAll(List.of("--cert", client.certificate().toString()));
      command.addAll(List.of("--key", client.key().toString()));
    }
    command.addAll(List.of("-H", ELSEWHERE));
    command.add("https://localhost:" + endpoint.port() + "/api/v1/recordings");
    return Command.result(command, Path.of("/dev/null")).output().strip();
  }
}
