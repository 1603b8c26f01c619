package io.github.pidflow.config;

import java.time.Duration;
import java.util.List;

/**
 * Section {@code pidflow.capture}.
 *
 * @param include interface names or shell globs to capture on; empty means every interface
 * @param exclude names or globs to leave out, stronger than {@code include}
 * @param snapLength bytes of each frame that are copied to user space
 * @param filter pcap-filter(7) expression, empty for none
 * @param cpus the processors the thread that reads packets stays on, empty for any
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

  /** The same with another ring, and with as much memory for libpcap. */
  public CaptureSettings sized(Ring other) {
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

  /** The same with as much of each frame copied. */
  public CaptureSettings cutAt(int otherSnapLength) {
    return new CaptureSettings(
        engine, include, exclude, promiscuous, otherSnapLength, filter, cpus, ring, libpcap);
  }

  /** What reads packets from the kernel. */
  public enum Engine {
    AUTO,
    RING,
    LIBPCAP
  }

  /**
   * Section {@code pidflow.capture.ring}.
   *
   * @param blockSizeBytes a power of two and a multiple of the page size
   * @param retireTimeout the longest a packet waits in a block that is not full
   * @param fanout how many such rings share the packets of the daemon's own network namespace
   */
  public record Ring(int blockSizeBytes, int blockCount, Duration retireTimeout, int fanout) {}

  /** Section {@code pidflow.capture.libpcap}. */
  public record Libpcap(int bufferSizeBytes, Duration readTimeout) {}
}
