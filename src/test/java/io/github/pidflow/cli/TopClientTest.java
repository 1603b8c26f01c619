package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Authority;
import io.github.pidflow.webconfig.ClientContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TopClientTest {
  private static final TopClient.Query QUERY = new TopClient.Query("total", "10s", "", 10);

  @TempDir private Path folder;

  @Test
  @Timeout(30)
  void shouldMentionCertificatesWhenEveryConnectionIsClosed() throws Exception {
    Authority authority = Authority.create(folder, "authority");
    Authority.Identity identity = authority.sign("localhost", "DNS:localhost");
    SSLContext shown =
        ClientContext.of(
            Optional.empty(),
            Optional.of(new ClientContext.Identity(identity.certificate(), identity.key())));
    try (SSLServerSocket server =
        (SSLServerSocket)
            shown
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      new Thread(() -> closeAll(server)).start();

      IOException failure = assertThrows(IOException.class, () -> client(server).fetch(QUERY));

      assertTrue(failure.getMessage().contains("--cert-file and --key-file"), failure.getMessage());
    }
  }

  private TopClient client(SSLServerSocket server) throws Exception {
    SSLContext context =
        ClientContext.of(Optional.of(folder.resolve("authority.pem")), Optional.empty());
    URI daemon = URI.create("https://localhost:" + server.getLocalPort());
    return new TopClient(daemon, Optional.empty(), context);
  }

  /** Every one: the client tries once more by itself. */
  private static void closeAll(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (SSLSocket connection = (SSLSocket) server.accept()) {
        connection.getInputStream().read(new byte[4096]);
      } catch (IOException e) {
        // The server is closed, which ends the loop, or the client is gone.
      }
    }
  }
}
