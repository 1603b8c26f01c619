package io.github.pidflow.config;

import java.util.Optional;

/**
 * Section {@code pidflow.limits}.
 *
 * @param cpuCores what the whole daemon may take, empty for no limit
 * @param memoryBytes likewise
 * @param required whether it is not to start where a limit cannot be set
 */
public record LimitSettings(
    Optional<Double> cpuCores, Optional<Integer> memoryBytes, boolean required) {}
