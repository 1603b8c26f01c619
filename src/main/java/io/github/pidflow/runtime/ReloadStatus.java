package io.github.pidflow.runtime;

import java.time.Instant;

/**
 * The outcome of the last reload of the settings.
 *
 * @param lastSuccess when the settings were last loaded without errors
 * @param message the changes, or all errors
 */
public record ReloadStatus(boolean successful, Instant lastSuccess, String message) {}
