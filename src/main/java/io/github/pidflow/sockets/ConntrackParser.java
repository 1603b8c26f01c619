package io.github.pidflow.sockets;

import io.github.pidflow.flow.SocketKey;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringTokenizer;

/**
 * Parses lines of {@code /proc/net/nf_conntrack}:
 *
 * <pre>
 * ipv4 2 tcp 6 431999 ESTABLISHED src=A dst=B sport=1 dport=2 src=C dst=A sport=2 dport=3 ...
 * </pre>
 *
 * The first tuple is the original direction, the second the reply direction. An ICMP tuple has an
 * {@code id} instead of ports.
 */
final class ConntrackParser {
  private static final int MIN_WORDS = 6;

  /** Words before the protocol number: the names and number of the families, and its name. */
  private static final int WORDS_BEFORE_PROTOCOL = 3;

  private ConntrackParser() {}

  /** Parses one line; empty if NAT does not change the entry, or if its form is not known. */
  static Optional<ConntrackEntry> parse(String line, int namespace) {
    StringTokenizer words = new StringTokenizer(line);
    if (words.countTokens() < MIN_WORDS) {
      return Optional.empty();
    }
    for (int skipped = 0; skipped < WORDS_BEFORE_PROTOCOL; skipped++) {
      words.nextToken();
    }
    String protocol = words.nextToken();
    Tuple original = new Tuple();
    Tuple reply = new Tuple();
    while (words.hasMoreTokens()) {
      String word = words.nextToken();
      if (!original.add(word)) {
        reply.add(word);
      }
    }
    if (!original.isComplete() || !reply.isComplete() || original.mirrors(reply)) {
      return Optional.empty();
    }
    try {
      int number = Integer.parseInt(protocol);
      return Optional.of(
          new ConntrackEntry(
              original.sourceKey(namespace, number), reply.sourceKey(namespace, number)));
    } catch (IllegalArgumentException | IOException e) {
      // The form is not known, so the flow is not treated as rewritten.
      return Optional.empty();
    }
  }

  /** One direction of an entry, as text. */
  private static final class Tuple {
    private static final Set<String> NAMES = Set.of("src", "dst", "sport", "dport", "id");

    private final Map<String, String> values = new HashMap<>();

    /** Adds a {@code name=value} word unless it belongs to no tuple or the name is taken. */
    private boolean add(String word) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? "" : word.substring(0, equals);
      if (!NAMES.contains(name)) {
        return false;
      }
      return values.putIfAbsent(name, word.substring(equals + 1)) == null;
    }

    private boolean isComplete() {
      Set<String> names = values.keySet();
      return names.containsAll(List.of("src", "dst"))
          && (names.contains("id") || names.containsAll(List.of("sport", "dport")));
    }

    private boolean mirrors(Tuple other) {
      return value("src").equals(other.value("dst"))
          && value("dst").equals(other.value("src"))
          && value("sport").equals(other.value("dport"))
          && value("dport").equals(other.value("sport"))
          && value("id").equals(other.value("id"));
    }

    private String value(String name) {
      return values.getOrDefault(name, "");
    }

    /** The key of a socket at the source. As in a socket's key, an echo's id is its local port. */
    private SocketKey sourceKey(int namespace, int protocol) throws IOException {
      ByteBuffer local = address(value("src"));
      ByteBuffer remote = address(value("dst"));
      boolean echo = values.containsKey("id");
      return new SocketKey(
          namespace,
          protocol,
          local.getLong(0),
          local.getLong(8),
          Integer.parseInt(value(echo ? "id" : "sport")),
          remote.getLong(0),
          remote.getLong(8),
          echo ? 0 : Integer.parseInt(value("dport")));
    }

    /** Returns 16 bytes; an IPv4 address is mapped. */
    private static ByteBuffer address(String literal) throws IOException {
      byte[] bytes = InetAddress.getByName(literal).getAddress();
      ByteBuffer wide = ByteBuffer.allocate(16);
      if (bytes.length == 4) {
        wide.putShort(10, (short) 0xffff).put(12, bytes);
      } else {
        wide.put(0, bytes);
      }
      return wide;
    }
  }
}
