package io.github.pidflow.lab;

import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;

/** A socket of a {@link Peer} and its operations. Futures return payload bytes. */
public final class PeerSocket {
  static final int TCP = 6;
  static final int UDP = 17;

  private final Peer peer;
  private final String name;
  private final int protocol;
  private final int port;

  PeerSocket(Peer peer, String name, int protocol, int port) {
    this.peer = peer;
    this.name = name;
    this.protocol = protocol;
    this.port = port;
  }

  /** Its local port. */
  public int port() {
    return port;
  }

  String name() {
    return name;
  }

  /** Accepts the next connection of a listening socket. */
  public PeerSocket accept() {
    PeerSocket accepted = peer.socket(protocol, port);
    peer.ask("accept " + accepted.name + ' ' + name);
    return accepted;
  }

  /** Writes that many bytes to a TCP connection. */
  public CompletableFuture<Long> send(long bytes) {
    return count("send " + name + ' ' + bytes);
  }

  /** Reads that many bytes from a TCP connection, or fewer if it ends before. */
  public CompletableFuture<Long> receive(long bytes) {
    return count("receive " + name + ' ' + bytes);
  }

  /** Connects a UDP socket. */
  public void connect(InetAddress remote, int remotePort) {
    peer.ask("udp-connect " + name + Peer.remote(remote, remotePort));
  }

  /** Sends datagrams from a connected UDP socket. */
  public CompletableFuture<Long> sendDatagrams(int datagrams, int bytesEach) {
    return count("udp-send " + name + ' ' + datagrams + ' ' + bytesEach);
  }

  /** Sends datagrams from an unconnected UDP socket. */
  public CompletableFuture<Long> sendDatagrams(
      int datagrams, int bytesEach, InetAddress remote, int remotePort) {
    return count(
        "udp-send " + name + ' ' + datagrams + ' ' + bytesEach + Peer.remote(remote, remotePort));
  }

  /** Waits for that many datagrams. */
  public CompletableFuture<Long> receiveDatagrams(int datagrams) {
    return count("udp-receive " + name + ' ' + datagrams);
  }

  /** Joins a multicast group on an interface. */
  public void join(InetAddress group, String interfaceName) {
    peer.ask("join " + name + ' ' + group.getHostAddress() + ' ' + interfaceName);
  }

  /** Sets the interface for outgoing multicast. */
  public void multicastThrough(String interfaceName) {
    peer.ask("multicast-if " + name + ' ' + interfaceName);
  }

  public void close() {
    peer.ask("close " + name);
  }

  private CompletableFuture<Long> count(String command) {
    return peer.begin(command).thenApply(Long::valueOf);
  }
}
