package io.github.pidflow.config;

import java.time.Duration;
import java.util.List;

/**
 * Section {@code pidflow.capture}.
 *
 * @param include names or shell globs of the interfaces to capture on; empty for all
 * @param exclude names or globs of interfaces to leave out, even if {@code include} matches
 * @param snapLength bytes of each frame that are copied to user space
 * @param filter pcap-filter(7) expression; empty for none
 * @param cpus CPUs that the metering thread is pinned to; empty for any
 */
public record CaptureSettings(
    Engine engine,
    List<String> include,
    List<String> exclude,
    boolean promiscuous,
    int snapLength,
    String filter,
    List<Integer> cpus,
    Ring ring,
    Libpcap libpcap) {

  public CaptureSettings {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    cpus = List.copyOf(cpus);
  }

  /** A copy with another ring, and with as much memory for libpcap. */
  public CaptureSettings withRing(Ring other) {
    int bytes = other.blockSizeBytes() * other.blockCount();
    return new CaptureSettings(
        engine,
        include,
        exclude,
        promiscuous,
        snapLength,
        filter,
        cpus,
        other,
        new Libpcap(bytes, libpcap.readTimeout()));
  }

  /** A copy with another snap length. */
  public CaptureSettings withSnapLength(int otherSnapLength) {
    return new CaptureSettings(
        engine, include, exclude, promiscuous, otherSnapLength, filter, cpus, ring, libpcap);
  }

  /** The way packets are read from the kernel. */
  public enum Engine {
    AUTO,
    RING,
    LIBPCAP
  }

  /**
   * Section {@code pidflow.capture.ring}.
   *
   * @param blockSizeBytes a power of two and a multiple of the page size
   * @param retireTimeout the longest time a packet waits in a block that is not full
   * @param fanout the number of rings that share the packets of the daemon's own network namespace
   */
  public record Ring(int blockSizeBytes, int blockCount, Duration retireTimeout, int fanout) {}

  /** Section {@code pidflow.capture.libpcap}. */
  public record Libpcap(int bufferSizeBytes, Duration readTimeout) {}
}
