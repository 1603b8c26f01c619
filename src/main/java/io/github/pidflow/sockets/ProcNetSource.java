package io.github.pidflow.sockets;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.function.Consumer;

/**
 * Reads sockets from the tables of {@code /proc/net} (proc_pid_net(5)): the fallback for protocols
 * without a sock_diag module. It is slower and cannot look up a single socket.
 */
final class ProcNetSource implements SocketSource {
  /** IPPROTO_RAW, which as in sock_diag selects raw sockets of every protocol. */
  static final int RAW = InetDiag.IPPROTO_RAW;

  static final List<Integer> PROTOCOLS =
      List.of(
          Protocol.TCP,
          Protocol.UDP,
          Protocol.UDPLITE,
          Protocol.SCTP,
          Protocol.DCCP,
          RAW,
          Protocol.ICMP);

  /** Every table has more columns after it, so an inode at a line's end is truncated. */
  private static final int UID_COLUMN = 7;

  private static final int INODE_COLUMN = 9;

  private static final int STATE_COLUMN = 3;

  private final Path procNet;

  ProcNetSource(Path procRoot) {
    // "net" follows the process's main thread; this thread may be in another namespace.
    procNet = procRoot.resolve("thread-self/net");
  }

  /** Passes every socket to the sink; the tables have neither cookies nor IPV6_V6ONLY. */
  @Override
  public void dump(Consumer<KernelSocket> sink) throws IOException {
    for (int protocol : PROTOCOLS) {
      dump(protocol, sink);
    }
  }

  /** Passes the sockets of one protocol to the sink, none if the kernel has no such table. */
  void dump(int protocol, Consumer<KernelSocket> sink) throws IOException {
    switch (protocol) {
      case Protocol.TCP -> dump(protocol, "tcp", sink);
      case Protocol.UDP -> dump(protocol, "udp", sink);
      case Protocol.UDPLITE -> dump(protocol, "udplite", sink);
      case RAW -> dump(protocol, "raw", sink);
      case Protocol.ICMP -> {
        dumpFile(Protocol.ICMP, "icmp", sink);
        dumpFile(Protocol.ICMPV6, "icmp6", sink);
      }
      default -> {}
    }
  }

  @Override
  public void dumpPort(int protocol, int port, Consumer<KernelSocket> sink) throws IOException {
    dump(
        protocol,
        socket -> {
          if (socket.key().localPort() == port) {
            sink.accept(socket);
          }
        });
  }

  private void dump(int protocol, String table, Consumer<KernelSocket> sink) throws IOException {
    dumpFile(protocol, table, sink);
    dumpFile(protocol, table + "6", sink);
  }

  private void dumpFile(int protocol, String table, Consumer<KernelSocket> sink)
      throws IOException {
    try {
      parse(protocol, Files.readAllBytes(procNet.resolve(table)), sink);
    } catch (NoSuchFileException e) {
      // The kernel lacks the protocol, so it has no sockets of it.
    }
  }

  /**
   * Parses one table. The first line is a heading; the others have the columns {@code sl
   * local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode} and more. A line of any
   * other form is skipped.
   */
  static void parse(int protocol, byte[] table, Consumer<KernelSocket> sink) {
    new String(table, StandardCharsets.ISO_8859_1)
        .lines()
        .skip(1)
        .forEach(line -> parseLine(protocol, line).ifPresent(sink));
  }

  private static Optional<KernelSocket> parseLine(int protocol, String line) {
    StringTokenizer columns = new StringTokenizer(line);
    if (columns.countTokens() <= INODE_COLUMN + 1) {
      return Optional.empty();
    }
    try {
      columns.nextToken();
      Endpoint local = Endpoint.parse(columns.nextToken());
      Endpoint remote = Endpoint.parse(columns.nextToken());
      int state = Integer.parseInt(columns.nextToken(), 16);
      if (protocol == Protocol.TCP
          && (state == InetDiag.TCP_SYN_RECV || state == InetDiag.TCP_TIME_WAIT)) {
        return Optional.empty();
      }
      for (int column = STATE_COLUMN + 1; column < UID_COLUMN; column++) {
        columns.nextToken();
      }
      int uid = Integer.parseUnsignedInt(columns.nextToken());
      columns.nextToken(); // timeout
      long inode = Long.parseLong(columns.nextToken());
      boolean connected = remote.port != 0;
      SocketKey key =
          new SocketKey(
              protocol == RAW ? local.port : protocol,
              local.high,
              local.low,
              protocol == RAW ? 0 : local.port,
              connected ? remote.high : 0,
              connected ? remote.low : 0,
              remote.port);
      return Optional.of(new KernelSocket(key, inode, 0, false, uid));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<KernelSocket> find(Miss miss) {
    return Optional.empty();
  }

  @Override
  public List<KernelSocket> candidates(Miss miss) throws IOException {
    SocketKey key = miss.key();
    List<KernelSocket> found = new ArrayList<>();
    Consumer<KernelSocket> sink =
        socket -> {
          if (receives(socket.key(), key)) {
            found.add(socket);
          }
        };
    if (key.localPort() != 0) {
      dump(Protocol.ICMP, sink);
    }
    if (found.isEmpty()) {
      dump(RAW, sink);
    }
    return found;
  }

  @Override
  public void dumpRaw(Consumer<KernelSocket> sink) throws IOException {
    dump(RAW, sink);
  }

  /** Returns whether a raw or ping socket receives the packets of a five-tuple. */
  private static boolean receives(SocketKey socket, SocketKey flow) {
    boolean any =
        socket.localHigh() == 0
            && socket.localLow() == IpAddress.anyLow(flow.localHigh(), flow.localLow());
    return socket.protocol() == flow.protocol()
        && (socket.localPort() == 0 || socket.localPort() == flow.localPort())
        && (any
            || (socket.localHigh() == flow.localHigh() && socket.localLow() == flow.localLow()));
  }

  @Override
  public boolean canFind(int protocol) {
    return false;
  }

  /** Raw sockets of IPPROTO_RAW only; the tables do not show whether a packet socket sends. */
  @Override
  public void dumpSenders(Consumer<KernelSocket> sink) throws IOException {
    dump(
        RAW,
        socket -> {
          if (socket.key().protocol() == RAW) {
            sink.accept(socket);
          }
        });
  }

  @Override
  public void close() {}

  /** {@code 0100007F:1F90}: each 32-bit word of the address is in native byte order. */
  private record Endpoint(long high, long low, int port) {
    static Endpoint parse(String text) {
      int colon = text.indexOf(':');
      int port = Integer.parseInt(text.substring(colon + 1), 16);
      if (colon == 8) {
        return new Endpoint(0, IpAddress.mapped(word(text, 0)), port);
      }
      if (colon != 32) {
        throw new IllegalArgumentException("not an address: " + text);
      }
      return new Endpoint(pair(text, 0), pair(text, 16), port);
    }

    private static long pair(String text, int at) {
      return (long) word(text, at) << 32 | Integer.toUnsignedLong(word(text, at + 8));
    }

    private static int word(String text, int at) {
      int value = Integer.parseUnsignedInt(text, at, at + 8, 16);
      return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value);
    }
  }
}
