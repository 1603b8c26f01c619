package io.github.pidflow.sockettable;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The start of the latest scan of each network namespace. This one value confirms all open sockets
 * of the namespace, so that a scan that finds nothing new changes nothing else.
 *
 * @param startNanos of the latest scan, in steady time
 * @param earlier the start of the latest scan of the namespaces that it skipped
 */
record ScanTimes(long startNanos, Map<Integer, Long> earlier) {
  static final ScanTimes NONE = new ScanTimes(SocketOwner.EVER, Map.of());
  static final ScanTimes ALWAYS = new ScanTimes(SocketOwner.OPEN, Map.of());

  ScanTimes next(long nextStartNanos, Set<Integer> skipped) {
    return new ScanTimes(
        nextStartNanos,
        skipped.stream().collect(Collectors.toMap(Function.identity(), this::latest)));
  }

  long latest(int namespace) {
    return earlier.getOrDefault(namespace, startNanos);
  }
}
