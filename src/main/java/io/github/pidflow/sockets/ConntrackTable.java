package io.github.pidflow.sockets;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringTokenizer;

/**
 * What NAT does to flows that no socket was found for, from {@code nf_conntrack} of the namespace
 * the calling thread is in. The table may be large and is told only as a whole, so flows wait here
 * until it may be read again; those it does not have are forgotten, and come back if asked again.
 */
final class ConntrackTable {
  private static final Path TABLE = Path.of("/proc/thread-self/net/nf_conntrack");
  private static final List<Path> FORWARDING =
      List.of(
          Path.of("/proc/sys/net/ipv4/ip_forward"),
          Path.of("/proc/sys/net/ipv6/conf/all/forwarding"));

  private static final long PAUSE_NANOS = 100_000_000;

  /** Reading takes at most one part in so many of the time. */
  private static final int SHARE = 50;

  /** Some tenths of a second; beyond it owners of sockets would wait too long for NAT's sake. */
  static final int MAX_LINES = 100_000;

  private static final int MAX_WANTED = 4096;

  private final DaemonCounters counters;
  private final Set<Miss> wanted = new HashSet<>();
  private long nextReadNanos = System.nanoTime();

  ConntrackTable(DaemonCounters counters) {
    this.counters = counters;
  }

  /** Whether there was room for it. */
  boolean want(Miss miss) {
    if (wanted.size() < MAX_WANTED) {
      wanted.add(miss);
    }
    return wanted.contains(miss);
  }

  boolean isWanted() {
    return !wanted.isEmpty();
  }

  boolean isDue() {
    return !wanted.isEmpty() && System.nanoTime() - nextReadNanos >= 0;
  }

  /** Those of the wanted that are translated. */
  Map<Miss, ConntrackEntry> read(int namespace) throws IOException {
    Map<Miss, ConntrackEntry> found = new HashMap<>();
    long start = System.nanoTime();
    try {
      if (Files.isReadable(TABLE) && forwards()) {
        try (BufferedReader lines = Files.newBufferedReader(TABLE, StandardCharsets.ISO_8859_1)) {
          found.putAll(find(lines, namespace));
        }
      }
    } finally {
      wanted.clear();
      long end = System.nanoTime();
      nextReadNanos = end + Math.max(PAUSE_NANOS, (end - start) * SHARE);
    }
    return found;
  }

  private static boolean forwards() throws IOException {
    for (Path each : FORWARDING) {
      if (Files.isReadable(each) && !Files.readString(each).startsWith("0")) {
        return true;
      }
    }
    return false;
  }

  /** Those of the wanted that are in a table's first {@value #MAX_LINES} lines. */
  Map<Miss, ConntrackEntry> find(BufferedReader lines, int namespace) throws IOException {
    Set<SocketKey> wantedFlows = new HashSet<>();
    wanted.forEach(miss -> wantedFlows.add(miss.key()));
    Map<SocketKey, ConntrackEntry> byFlow = new HashMap<>();
    Map<SocketKey, ConntrackEntry> ofLine = new HashMap<>();
    String line = lines.readLine();
    for (int count = 0; line != null && count < MAX_LINES; count++) {
      parse(line, namespace, ofLine);
      ofLine.keySet().retainAll(wantedFlows);
      byFlow.putAll(ofLine);
      ofLine.clear();
      line = lines.readLine();
    }
    if (line != null) {
      counters.increment(DaemonCounter.TRANSLATION_TABLES_CUT);
    }
    Map<Miss, ConntrackEntry> found = new HashMap<>();
    for (Miss miss : wanted) {
      ConntrackEntry translation = byFlow.get(miss.key());
      if (translation != null) {
        found.put(miss, translation);
      }
    }
    return found;
  }

  /**
   * Reads an entry: its protocol's name and number, then, after what is not used, the tuple of the
   * first packet and that of the answers to it. One that is not translated, or not of that form, is
   * passed over.
   *
   * @param byFlow takes the entry by every flow of it that can be seen with a local address
   */
  static void parse(String line, int namespace, Map<SocketKey, ConntrackEntry> byFlow) {
    StringTokenizer words = new StringTokenizer(line);
    if (words.countTokens() < 6) {
      return;
    }
    for (int skipped = 0; skipped < 3; skipped++) {
      words.nextToken();
    }
    String protocol = words.nextToken();
    Tuple first = new Tuple();
    Tuple answer = new Tuple();
    while (words.hasMoreTokens()) {
      String word = words.nextToken();
      if (!first.take(word)) {
        answer.take(word);
      }
    }
    if (!first.isWhole() || !answer.isWhole() || first.mirrors(answer)) {
      return;
    }
    try {
      int number = Integer.parseInt(protocol);
      SocketKey sender = first.key(namespace, number, false);
      SocketKey receiver = answer.key(namespace, number, false);
      ConntrackEntry translation = new ConntrackEntry(sender, receiver);
      // What the sender's packets look like before NAT and after it, where either end is local.
      byFlow.put(sender, translation);
      byFlow.put(receiver, translation);
      byFlow.put(first.key(namespace, number, true), translation);
      byFlow.put(answer.key(namespace, number, true), translation);
    } catch (IllegalArgumentException | IOException e) {
      // A kernel that writes it otherwise: then it is not known to be translated.
    }
  }

  /** One direction of an entry, as written. */
  private static final class Tuple {
    private static final Set<String> NAMES = Set.of("src", "dst", "sport", "dport", "id");

    private final Map<String, String> values = new HashMap<>();

    /** Takes a word unless it has one like it, or the word is of no tuple. */
    private boolean take(String word) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? "" : word.substring(0, equals);
      if (!NAMES.contains(name)) {
        return false;
      }
      return values.putIfAbsent(name, word.substring(equals + 1)) == null;
    }

    private boolean isWhole() {
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

    /**
     * As a socket's: an echo's id is its local port, and there is no remote one.
     *
     * @param mirrored whether the destination is the local end
     */
    private SocketKey key(int namespace, int protocol, boolean mirrored) throws IOException {
      ByteBuffer local = address(value(mirrored ? "dst" : "src"));
      ByteBuffer remote = address(value(mirrored ? "src" : "dst"));
      boolean echo = values.containsKey("id");
      String localPort = value(mirrored ? "dport" : "sport");
      String remotePort = value(mirrored ? "sport" : "dport");
      return new SocketKey(
          namespace,
          protocol,
          local.getLong(0),
          local.getLong(8),
          Integer.parseInt(echo ? value("id") : localPort),
          remote.getLong(0),
          remote.getLong(8),
          echo ? 0 : Integer.parseInt(remotePort));
    }

    /** 16 bytes, an IPv4 address mapped. */
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
