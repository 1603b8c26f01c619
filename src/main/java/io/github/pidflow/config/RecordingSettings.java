package io.github.pidflow.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code pidflow.recordings}.
 *
 * @param enabled whether recordings can be started over HTTP
 * @param directory the directory of their files
 * @param maxSizeBytes the size limit of all files of a recording together
 * @param keepFreeBytes the disk space that recordings leave free
 */
public record RecordingSettings(
    boolean enabled,
    Path directory,
    int maxRunning,
    Duration maxDuration,
    long maxSizeBytes,
    long keepFreeBytes) {}
