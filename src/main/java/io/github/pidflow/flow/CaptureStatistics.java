package io.github.pidflow.flow;

/**
 * The kernel's packet counts since the start of a capture.
 *
 * @param interfaceName the interface captured on, {@code any} for all of them
 * @param packets packets that passed the filter, including dropped ones
 * @param drops packets that the kernel discarded because the buffer was full
 */
public record CaptureStatistics(String interfaceName, long packets, long drops) {
  /** A capture on all interfaces that has not seen a packet. */
  public static final CaptureStatistics NONE = new CaptureStatistics("any", 0, 0);

  /** The sum of two captures on the same interfaces. */
  public CaptureStatistics plus(CaptureStatistics other) {
    return new CaptureStatistics(interfaceName, packets + other.packets, drops + other.drops);
  }
}
