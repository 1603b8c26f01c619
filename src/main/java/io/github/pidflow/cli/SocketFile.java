package io.github.pidflow.cli;

import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.host.HostNetwork;
import io.github.pidflow.host.InterfaceAddress;
import io.github.pidflow.sockettable.SocketTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The owners of sockets while a capture file was made, written by hand or by a script. Each line is
 * a socket, or an address of the capturing host that no socket has:
 *
 * <pre>
 *   # protocol  local end           remote end, or *      pid  comm
 *   tcp         10.0.0.5:443        192.0.2.7:51000       812  nginx
 *   tcp         [fd00::5]:443       *                     812  nginx
 *   udp         0.0.0.0:53          *                     77   dnsmasq
 *   icmp        10.0.0.5:1234       *                     91   ping
 *   local       10.0.0.6
 * </pre>
 *
 * The port of an ICMP socket is its echo id. A comm may contain spaces. A socket on {@code 0.0.0.0}
 * receives only IPv4, one on {@code [::]} only IPv6; neither defines an address of the host.
 */
final class SocketFile {
  private static final Pattern SOCKET =
      Pattern.compile("(\\S+)\\s+(\\S+)\\s+(\\S+)\\s+(\\d{1,9})\\s+(.+)");
  private static final Pattern LOCAL = Pattern.compile("local\\s+(\\S+)");
  private static final Pattern ENDPOINT =
      Pattern.compile("(?:\\[(?<v6>[^\\]]+)]|(?<v4>[^:]+)):(?<port>\\d{1,5})");

  /** Only literals, which {@link InetAddress} parses without a name server, and only in full. */
  private static final Pattern LITERAL =
      Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

  private final Map<SocketKey, ProcessInfo> sockets = new HashMap<>();
  private final Map<String, ProcessInfo> processes = new HashMap<>();
  private final List<InterfaceAddress> addresses = new ArrayList<>();

  private SocketFile() {}

  private record Endpoint(long high, long low, int port) {
    boolean isWildcard() {
      return IpAddress.isAny(high, low);
    }

    boolean isIpv4() {
      return IpAddress.isMapped(high, low);
    }
  }

  /**
   * Reads a file.
   *
   * @throws IOException with file and line of the first mistake
   */
  static SocketFile read(Path file) throws IOException {
    SocketFile table = new SocketFile();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        try {
          table.add(line);
        } catch (IllegalArgumentException e) {
          throw new IOException(file + ": " + (i + 1) + ": " + e.getMessage(), e);
        }
      }
    }
    return table;
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": is not UTF-8 text", e);
    }
  }

  SocketTable table() {
    return SocketTable.of(sockets);
  }

  HostNetwork network() {
    return new HostNetwork(List.of(), addresses, List.of());
  }

  private void add(String line) {
    Matcher local = LOCAL.matcher(line);
    if (local.matches()) {
      Endpoint address = address(local.group(1), 0);
      addresses.add(new InterfaceAddress(0, address.high, address.low));
      return;
    }
    Matcher socket = SOCKET.matcher(line);
    if (!socket.matches()) {
      throw new IllegalArgumentException(
          "not a line of the form \"tcp 10.0.0.5:443 192.0.2.7:51000 812 nginx\" or \"local"
              + " 10.0.0.6\": "
              + line);
    }
    int protocol = Protocol.number(socket.group(1));
    if (protocol < 0) {
      throw new IllegalArgumentException("not a protocol: " + socket.group(1));
    }
    Endpoint here = endpoint(socket.group(2));
    boolean connected = !socket.group(3).equals("*");
    Endpoint there = connected ? endpoint(socket.group(3)) : new Endpoint(0, 0, 0);
    if (connected && here.isIpv4() != there.isIpv4()) {
      throw new IllegalArgumentException(
          "the local end and the remote end must both be IPv4 or both IPv6: " + line);
    }
    if (!here.isWildcard()) {
      addresses.add(new InterfaceAddress(0, here.high, here.low));
    }
    ProcessInfo process =
        processes.computeIfAbsent(
            socket.group(4) + ' ' + socket.group(5),
            ignored -> ProcessInfo.named(Integer.parseInt(socket.group(4)), socket.group(5)));
    SocketKey key =
        new SocketKey(protocol, here.high, here.low, here.port, there.high, there.low, there.port);
    ProcessInfo before = sockets.putIfAbsent(key, process);
    if (before != null && !before.equals(process)) {
      throw new IllegalArgumentException(
          key + " already belongs to " + before.pid() + ' ' + before.comm() + ": " + line);
    }
  }

  private static Endpoint endpoint(String text) {
    Matcher matcher = ENDPOINT.matcher(text);
    if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > 0xffff) {
      throw new IllegalArgumentException(
          "not an address with a port, such as 10.0.0.5:443 or [fd00::5]:443: " + text);
    }
    String v4 = matcher.group("v4");
    return address(v4 == null ? matcher.group("v6") : v4, Integer.parseInt(matcher.group("port")));
  }

  private static Endpoint address(String text, int port) {
    if (!LITERAL.matcher(text).matches()) {
      throw new IllegalArgumentException("not an address: " + text);
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(InetAddress.getByName(text).getAddress());
      return bytes.capacity() == 4
          ? new Endpoint(0, IpAddress.mapped(bytes.getInt(0)), port)
          : new Endpoint(bytes.getLong(0), bytes.getLong(8), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an address: " + text, e);
    }
  }
}
