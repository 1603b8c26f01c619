package io.github.pidflow.flow;

import java.util.List;

/**
 * The kernel's counts for one capture socket since it was opened.
 *
 * @param interfaceName the interface the socket is bound to, {@code any} for all of them
 * @param packets packets that passed the filter, including dropped ones
 * @param drops packets that the kernel discarded because the buffer was full
 */
public record CaptureStatistics(String interfaceName, long packets, long drops) {
  /** The drops of several sockets together. */
  public static long drops(List<CaptureStatistics> all) {
    return all.stream().mapToLong(CaptureStatistics::drops).sum();
  }
}
