package io.github.pidflow.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code pidflow.ownership}.
 *
 * @param procRoot where proc(5) is mounted
 * @param noteCreations whether the kernel is to note who creates each socket, through eBPF
 * @param taskEvents whether the kernel is to tell of renamed processes, through perf events
 * @param scanIntervalBusy pause between full scans while there are misses
 * @param scanIntervalQuiet what the pause grows to while there are none
 * @param lookupsPerSecond how many single sockets may be asked of the kernel in a second
 * @param missQueueCapacity misses that may wait to be looked up
 */
public record OwnershipSettings(
    Source source,
    Path procRoot,
    boolean noteCreations,
    boolean taskEvents,
    Duration scanIntervalBusy,
    Duration scanIntervalQuiet,
    int lookupsPerSecond,
    int missQueueCapacity) {

  /** Where sockets are listed. */
  public enum Source {
    AUTO,
    SOCK_DIAG,
    PROC
  }
}
