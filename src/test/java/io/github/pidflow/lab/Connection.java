package io.github.pidflow.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.util.concurrent.CompletableFuture;

/** A TCP connection with both its ends. */
public record Connection(PeerSocket client, PeerSocket server) {
  /** Connects two peers, over a socket of this family on each side. */
  public static Connection open(
      Peer client, Peer server, StandardProtocolFamily family, InetAddress address) {
    return open(client, family, server, family, address);
  }

  /** Connects two peers, over sockets of the families given. */
  public static Connection open(
      Peer client,
      StandardProtocolFamily clientFamily,
      Peer server,
      StandardProtocolFamily serverFamily,
      InetAddress address) {
    PeerSocket listener = server.listen(serverFamily);
    PeerSocket socket = client.connect(clientFamily, address, listener.port());
    return new Connection(socket, listener.accept());
  }

  /** Moves bytes from the client to the server; done when the last one is read. */
  public CompletableFuture<Void> upload(long bytes) {
    return move(client, server, bytes);
  }

  /** Moves bytes from the server to the client; done when the last one is read. */
  public CompletableFuture<Void> download(long bytes) {
    return move(server, client, bytes);
  }

  private static CompletableFuture<Void> move(PeerSocket from, PeerSocket to, long bytes) {
    return from.send(bytes)
        .thenAcceptBoth(
            to.receive(bytes),
            (sent, received) -> {
              assertEquals(bytes, sent);
              assertEquals(bytes, received);
            });
  }
}
