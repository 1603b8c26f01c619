package io.github.pidflow.sockets;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's connection tracking table of one network namespace.
 *
 * <p>A flow can be looked up through ctnetlink at once. A flow that this does not find, because its
 * entry is in a zone or because ctnetlink is not available, or that was not worth a lookup, is
 * queued until the whole table is read: through ctnetlink, or from {@code /proc/net/nf_conntrack},
 * which many kernels lack. As the table may be large, that is only done now and then. A flow that
 * the table does not have is dropped from the queue; it is queued again if its packets go on
 * missing.
 *
 * <p>While the kernel tracks no connections, nothing is looked up or read.
 */
final class ConntrackTable implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConntrackTable.class);

  private static final long PAUSE_NANOS = 100_000_000;

  /** After a read, no other is due for this many times as long as it took. */
  private static final int PAUSE_PER_READ = 20;

  /** Flows wait for 10 seconds by default; two reads must fit in. */
  private static final long MAX_PAUSE_NANOS = 4_000_000_000L;

  /** How long the answer is kept to whether connections are tracked; flows miss for longer. */
  private static final long TRACKING_KNOWN_NANOS = 25_000_000;

  /** A few tenths of a second. A longer read would delay the owners of all other sockets. */
  static final int MAX_LINES = 100_000;

  private static final int MAX_QUEUED = 4096;

  private final int namespace;
  private final Path count;
  private final Path table;
  private final DaemonCounters counters;
  private final Set<Miss> queued = new HashSet<>();
  private long nextReadNanos = System.nanoTime();
  private long nextCountNanos = System.nanoTime();
  private boolean tracks;
  private boolean hasOpened;

  /** Null until it is needed, and if it is not available. */
  private Ctnetlink ctnetlink;

  ConntrackTable(int namespace, Path procRoot, DaemonCounters counters) {
    this.namespace = namespace;
    count = procRoot.resolve("sys/net/netfilter/nf_conntrack_count");
    table = procRoot.resolve("thread-self/net/nf_conntrack");
    this.counters = counters;
  }

  /** Whether {@link #tracksConnections} has to ask the kernel, inside the namespace. */
  boolean isCountDue() {
    return System.nanoTime() - nextCountNanos >= 0;
  }

  /** Returns whether the calling thread's network namespace tracks any connection. */
  boolean tracksConnections() {
    if (isCountDue()) {
      tracks = readCount() > 0;
      nextCountNanos = System.nanoTime() + TRACKING_KNOWN_NANOS;
      if (tracks && !hasOpened) {
        hasOpened = true;
        openCtnetlink();
      }
    }
    return tracks;
  }

  private long readCount() {
    try {
      return Long.parseLong(Files.readString(count, StandardCharsets.US_ASCII).strip());
    } catch (IOException | NumberFormatException e) {
      // The kernel has no connection tracking, or has not loaded it.
      return 0;
    }
  }

  private void openCtnetlink() {
    try {
      ctnetlink = Ctnetlink.open(namespace);
    } catch (NativeIoException e) {
      LOG.debug("no ctnetlink: {}", e.getMessage());
    }
  }

  private void dropCtnetlink(NativeIoException e) {
    LOG.debug("no ctnetlink, reading {} instead: {}", table, e.getMessage());
    ctnetlink.close();
    ctnetlink = null;
  }

  /** Returns whether {@link #find} is available: while nothing is tracked, nothing is found. */
  boolean canFind() {
    return !tracks || ctnetlink != null;
  }

  /** Looks up the entry of a flow that NAT changes, if the kernel can. */
  Optional<ConntrackEntry> find(SocketKey flow) {
    if (!tracks || ctnetlink == null) {
      return Optional.empty();
    }
    try {
      return ctnetlink.find(flow);
    } catch (NativeIoException e) {
      dropCtnetlink(e);
      return Optional.empty();
    }
  }

  /** Queues a flow for the next read; returns false if the queue is full. */
  boolean request(Miss miss) {
    if (queued.size() < MAX_QUEUED) {
      queued.add(miss);
    }
    return queued.contains(miss);
  }

  boolean hasRequests() {
    return !queued.isEmpty();
  }

  boolean isDue() {
    return !queued.isEmpty() && System.nanoTime() - nextReadNanos >= 0;
  }

  /** Reads the table and returns the entries of the queued flows that NAT rewrites. */
  Map<Miss, ConntrackEntry> read() throws IOException {
    long start = System.nanoTime();
    try {
      return tracksConnections() ? readEntries() : Map.of();
    } finally {
      queued.clear();
      long end = System.nanoTime();
      long pause = Math.max(PAUSE_NANOS, (end - start) * PAUSE_PER_READ);
      nextReadNanos = end + Math.min(pause, MAX_PAUSE_NANOS);
    }
  }

  private Map<Miss, ConntrackEntry> readEntries() throws IOException {
    if (ctnetlink != null) {
      try {
        Search search = new Search();
        ctnetlink.dump(search);
        return search.found();
      } catch (NativeIoException e) {
        dropCtnetlink(e);
      }
    }
    if (!Files.isReadable(table)) {
      return Map.of();
    }
    try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.ISO_8859_1)) {
      return find(lines);
    }
  }

  /** Returns the queued flows found in a table's first {@value #MAX_LINES} lines. */
  Map<Miss, ConntrackEntry> find(BufferedReader lines) throws IOException {
    Search search = new Search();
    String line = lines.readLine();
    for (int number = 0; line != null && number < MAX_LINES; number++) {
      ConntrackParser.parse(line, namespace).ifPresent(search);
      line = lines.readLine();
    }
    if (line != null) {
      counters.increment(DaemonCounter.TRANSLATION_TABLES_CUT);
    }
    return search.found();
  }

  /** Keeps the entries of queued flows. */
  private final class Search implements Consumer<ConntrackEntry> {
    private final Set<SocketKey> flows = new HashSet<>();
    private final Map<SocketKey, ConntrackEntry> byFlow = new HashMap<>();

    private Search() {
      queued.forEach(miss -> flows.add(miss.key()));
    }

    @Override
    public void accept(ConntrackEntry entry) {
      for (SocketKey flow : entry.flows()) {
        if (flows.contains(flow)) {
          byFlow.put(flow, entry);
        }
      }
    }

    private Map<Miss, ConntrackEntry> found() {
      Map<Miss, ConntrackEntry> found = new HashMap<>();
      for (Miss miss : queued) {
        ConntrackEntry entry = byFlow.get(miss.key());
        if (entry != null) {
          found.put(miss, entry);
        }
      }
      return found;
    }
  }

  @Override
  public void close() {
    if (ctnetlink != null) {
      ctnetlink.close();
      ctnetlink = null;
    }
  }
}
