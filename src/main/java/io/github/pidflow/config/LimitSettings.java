package io.github.pidflow.config;

import java.util.Optional;

/**
 * Section {@code pidflow.limits}.
 *
 * @param cpuCores the CPU limit of the daemon; empty for none
 * @param memoryBytes the memory limit of the daemon; empty for none
 * @param required whether the daemon refuses to start if a limit cannot be set
 */
public record LimitSettings(
    Optional<Double> cpuCores, Optional<Integer> memoryBytes, boolean required) {}
