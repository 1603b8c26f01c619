package io.github.pidflow.flow;

import java.util.List;

/**
 * What the kernel says of one capture socket since it was opened.
 *
 * @param interfaceName the interface it is bound to, {@code any} for a socket that sees them all
 * @param packets packets that passed the filter, dropped ones included
 * @param drops packets the kernel threw away because the buffer was full
 */
public record CaptureStatistics(String interfaceName, long packets, long drops) {
  /** The drops of several sockets together. */
  public static long drops(List<CaptureStatistics> all) {
    return all.stream().mapToLong(CaptureStatistics::drops).sum();
  }
}
