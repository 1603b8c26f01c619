package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A process that owns sockets and moves exactly as many bytes as it is told to, so that a test
 * knows its traffic to the byte. It runs until its stdin ends.
 *
 * <p>A line on stdin is a tag and a command, as {@code 7 send c1 1000}; when the command is done, a
 * line on stdout has the tag, {@code ok} or {@code error}, and the result. Commands run side by
 * side: who wants one after the other waits for the answer. Sockets are channels, because only they
 * let one choose between an IPv4 socket and an IPv6 one that talks to mapped addresses.
 */
public final class TrafficPeer {
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

  private final Map<String, NetworkChannel> sockets = new ConcurrentHashMap<>();

  private TrafficPeer() {}

  public static void main(String[] args) throws IOException {
    TrafficPeer peer = new TrafficPeer();
    rename(args[0]);
    ExecutorService commands = Executors.newCachedThreadPool();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    System.out.println("0 ok ready");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String command = line;
      commands.execute(() -> System.out.println(peer.answer(command.split(" ", -1))));
    }
    System.exit(0);
  }

  private String answer(String[] words) {
    try {
      return words[0] + " ok " + carryOut(words);
    } catch (IOException | RuntimeException e) {
      return words[0] + " error " + String.join(" ", words) + ": " + e;
    }
  }

  private Object carryOut(String[] words) throws IOException {
    String name = words[2];
    return switch (words[1]) {
      case "listen" -> listen(name, family(words[3]), number(words[4]));
      case "accept" -> accept(name, words[3]);
      case "connect" -> connect(name, family(words[3]), number(words[4]), remote(words, 5));
      case "send" -> send(tcp(name), Long.parseLong(words[3]));
      case "receive" -> receive(tcp(name), Long.parseLong(words[3]));
      case "udp" -> udp(name, family(words[3]), number(words[4]));
      case "udp-connect" -> port(udp(name).connect(remote(words, 3)));
      case "udp-send" ->
          sendDatagrams(
              udp(name),
              number(words[3]),
              number(words[4]),
              words.length > 5 ? remote(words, 5) : null);
      case "udp-receive" -> receiveDatagrams(udp(name), number(words[3]));
      case "join" ->
          udp(name).join(InetAddress.getByName(words[3]), NetworkInterface.getByName(words[4]));
      case "multicast-if" ->
          port(
              udp(name)
                  .setOption(
                      StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName(words[3])));
      case "close" -> close(name);
      case "rename" -> rename(name);
      case "echo" -> InetAddress.getByName(name).isReachable(number(words[3]));
      case "fetch" -> fetch(name);
      default -> throw new IllegalArgumentException("unknown command");
    };
  }

  private int listen(String name, StandardProtocolFamily family, int port) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(family);
    sockets.put(name, channel);
    channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    return port(channel.bind(new InetSocketAddress(port)));
  }

  private int accept(String name, String listener) throws IOException {
    SocketChannel channel = ((ServerSocketChannel) socket(listener)).accept();
    sockets.put(name, channel);
    return port(channel);
  }

  private int connect(
      String name, StandardProtocolFamily family, int localPort, InetSocketAddress remote)
      throws IOException {
    SocketChannel channel = SocketChannel.open(family);
    sockets.put(name, channel);
    channel.bind(new InetSocketAddress(localPort));
    channel.connect(remote);
    return port(channel);
  }

  private static long send(SocketChannel channel, long bytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long sent = 0;
    while (sent < bytes) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, bytes - sent));
      sent += channel.write(chunk);
    }
    return sent;
  }

  private static long receive(SocketChannel channel, long bytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long received = 0;
    while (received < bytes) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, bytes - received));
      int count = channel.read(chunk);
      if (count < 0) {
        break;
      }
      received += count;
    }
    return received;
  }

  private int udp(String name, StandardProtocolFamily family, int port) throws IOException {
    DatagramChannel channel = DatagramChannel.open(family);
    sockets.put(name, channel);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    channel.setOption(StandardSocketOptions.SO_BROADCAST, true);
    return port(channel.bind(new InetSocketAddress(port)));
  }

  private static long sendDatagrams(
      DatagramChannel channel, int count, int size, InetSocketAddress remote) throws IOException {
    ByteBuffer datagram = ByteBuffer.allocateDirect(size);
    long sent = 0;
    for (int i = 0; i < count; i++) {
      datagram.clear();
      sent += remote == null ? channel.write(datagram) : channel.send(datagram, remote);
    }
    return sent;
  }

  private static long receiveDatagrams(DatagramChannel channel, int count) throws IOException {
    ByteBuffer datagram = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long received = 0;
    for (int i = 0; i < count; i++) {
      channel.receive(datagram.clear());
      received += datagram.position();
    }
    return received;
  }

  private int close(String name) throws IOException {
    sockets.remove(name).close();
    return 0;
  }

  private static String rename(String comm) throws IOException {
    // The name of the first thread, which is the process's name; "main" is a later thread.
    Files.writeString(Path.of("/proc/self/comm"), comm);
    return comm;
  }

  private static String fetch(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout(5_000);
    connection.setReadTimeout(20_000);
    int status = connection.getResponseCode();
    try (var body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      byte[] bytes = body == null ? new byte[0] : body.readAllBytes();
      return status + " " + Base64.getEncoder().encodeToString(bytes);
    }
  }

  private NetworkChannel socket(String name) {
    NetworkChannel channel = sockets.get(name);
    if (channel == null) {
      throw new IllegalArgumentException("no socket " + name);
    }
    return channel;
  }

  private SocketChannel tcp(String name) {
    return (SocketChannel) socket(name);
  }

  private DatagramChannel udp(String name) {
    return (DatagramChannel) socket(name);
  }

  private static int port(NetworkChannel channel) throws IOException {
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  private static InetSocketAddress remote(String[] words, int at) {
    return new InetSocketAddress(words[at], number(words[at + 1]));
  }

  private static StandardProtocolFamily family(String word) {
    return StandardProtocolFamily.valueOf(word);
  }

  private static int number(String word) {
    return Integer.parseInt(word);
  }
}
