package io.github.pidflow.sockets;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.SocketKey;
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
import java.util.Set;

/**
 * Looks up flows that have no socket in the kernel's connection tracking table, {@code
 * nf_conntrack} of the calling thread's network namespace. The table may be large and can only be
 * read as a whole, so flows are queued until the next read is due. A flow that the table does not
 * have is dropped from the queue; it is queued again if its packets go on missing.
 */
final class ConntrackTable {
  private static final long PAUSE_NANOS = 100_000_000;

  /** After a read, no other is due for this many times as long as it took. */
  private static final int PAUSE_PER_READ = 50;

  /** A few tenths of a second. A longer read would delay the owners of all other sockets. */
  static final int MAX_LINES = 100_000;

  private static final int MAX_QUEUED = 4096;

  private final Path procRoot;
  private final Path table;
  private final DaemonCounters counters;
  private final Set<Miss> queued = new HashSet<>();
  private long nextReadNanos = System.nanoTime();

  ConntrackTable(Path procRoot, DaemonCounters counters) {
    this.procRoot = procRoot;
    table = procRoot.resolve("thread-self/net/nf_conntrack");
    this.counters = counters;
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
  Map<Miss, ConntrackEntry> read(int namespace) throws IOException {
    Map<Miss, ConntrackEntry> found = new HashMap<>();
    long start = System.nanoTime();
    try {
      if (Files.isReadable(table) && Forwarding.isEnabled(procRoot)) {
        try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.ISO_8859_1)) {
          found.putAll(find(lines, namespace));
        }
      }
    } finally {
      queued.clear();
      long end = System.nanoTime();
      nextReadNanos = end + Math.max(PAUSE_NANOS, (end - start) * PAUSE_PER_READ);
    }
    return found;
  }

  /** Returns the queued flows found in a table's first {@value #MAX_LINES} lines. */
  Map<Miss, ConntrackEntry> find(BufferedReader lines, int namespace) throws IOException {
    Set<SocketKey> queuedFlows = new HashSet<>();
    queued.forEach(miss -> queuedFlows.add(miss.key()));
    Map<SocketKey, ConntrackEntry> byFlow = new HashMap<>();
    Map<SocketKey, ConntrackEntry> ofLine = new HashMap<>();
    String line = lines.readLine();
    for (int count = 0; line != null && count < MAX_LINES; count++) {
      ConntrackParser.parse(line, namespace, ofLine);
      ofLine.keySet().retainAll(queuedFlows);
      byFlow.putAll(ofLine);
      ofLine.clear();
      line = lines.readLine();
    }
    if (line != null) {
      counters.increment(DaemonCounter.TRANSLATION_TABLES_CUT);
    }
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
