package io.github.pidflow.ownership;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * When the latest scan began that found what is open in a network namespace. One such time stands
 * for all sockets there, so that a scan that finds nothing new changes nothing else.
 *
 * @param startNanos of the latest scan, in nanoseconds since the epoch
 * @param earlier of the namespaces it passed by
 */
record ScanTimes(long startNanos, Map<Integer, Long> earlier) {
  static final ScanTimes NONE = new ScanTimes(SocketOwner.EVER, Map.of());
  static final ScanTimes ALWAYS = new ScanTimes(SocketOwner.OPEN, Map.of());

  ScanTimes next(long nextStartNanos, Set<Integer> passedBy) {
    return new ScanTimes(
        nextStartNanos,
        passedBy.stream().collect(Collectors.toMap(Function.identity(), this::latest)));
  }

  long latest(int namespace) {
    return earlier.getOrDefault(namespace, startNanos);
  }
}
