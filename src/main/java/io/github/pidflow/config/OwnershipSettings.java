package io.github.pidflow.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code pidflow.ownership}.
 *
 * @param procRoot the mount point of proc(5)
 * @param noteCreations whether eBPF programs record which process creates and closes each socket
 * @param taskEvents whether perf events report renamed processes
 * @param scanIntervalBusy pause between full scans while packets have no known owner
 * @param scanIntervalQuiet the pause that this grows to while all packets have one
 * @param lookupsPerSecond the most single sockets that are looked up in a second
 * @param missQueueCapacity the most lookups that wait
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

  /** The way sockets are listed. */
  public enum Source {
    AUTO,
    SOCK_DIAG,
    PROC
  }
}
