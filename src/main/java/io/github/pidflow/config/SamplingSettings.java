package io.github.pidflow.config;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Section {@code pidflow.sampling}.
 *
 * @param oneIn N to count one packet in N regardless of the load; empty to adapt to the load
 * @param maxCpuCores the CPU usage of the metering thread above which packets are sampled
 */
public record SamplingSettings(OptionalInt oneIn, double maxCpuCores) {
  /** The largest N of one in N packets. */
  public static final int MAX_ONE_IN = 1024;

  /** The rest of the limit is for the threads that find owners and answer scrapes. */
  private static final double SHARE_OF_LIMIT = 0.8;

  /** A copy in which the metering thread uses at most its share of the daemon's CPU limit. */
  public SamplingSettings within(Optional<Double> limitCores) {
    double share = SHARE_OF_LIMIT * limitCores.orElse(Double.MAX_VALUE);
    return new SamplingSettings(oneIn, Math.min(maxCpuCores, share));
  }
}
