package io.github.pidflow.config;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Section {@code pidflow.sampling}.
 *
 * @param oneIn N, to count one packet in N whatever the load; empty to go by the load
 * @param maxCpuCores what the metering thread may take before packets are left out
 */
public record SamplingSettings(OptionalInt oneIn, double maxCpuCores) {
  /** The thinnest sample there is. */
  public static final int MAX_ONE_IN = 1024;

  /** What is left of a limit for all threads goes to those that find owners and answer scrapes. */
  private static final double SHARE_OF_LIMIT = 0.8;

  /** The same, but for no more than one thread's share of what the daemon may take. */
  public SamplingSettings within(Optional<Double> limitCores) {
    double share = SHARE_OF_LIMIT * limitCores.orElse(Double.MAX_VALUE);
    return new SamplingSettings(oneIn, Math.min(maxCpuCores, share));
  }
}
