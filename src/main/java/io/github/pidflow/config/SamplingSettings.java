package io.github.pidflow.config;

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
}
