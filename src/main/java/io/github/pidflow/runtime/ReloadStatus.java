package io.github.pidflow.runtime;

import java.time.Instant;

/**
 * How the last reading of the settings went.
 *
 * @param lastSuccess when they were last read without a mistake
 * @param message what has changed, or everything that is wrong
 */
public record ReloadStatus(boolean successful, Instant lastSuccess, String message) {}
