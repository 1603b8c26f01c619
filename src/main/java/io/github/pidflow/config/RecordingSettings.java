package io.github.pidflow.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code pidflow.recordings}.
 *
 * @param enabled whether a recording may be asked for over HTTP
 * @param directory where its files are
 * @param maxSizeBytes of all files of a recording
 * @param keepFreeBytes what no recording may take of a disk
 */
public record RecordingSettings(
    boolean enabled,
    Path directory,
    int maxRunning,
    Duration maxDuration,
    long maxSizeBytes,
    long keepFreeBytes) {}
