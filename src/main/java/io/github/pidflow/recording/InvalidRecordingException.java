package io.github.pidflow.recording;

import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.Serial;

/** A recording nobody can make as it was asked for; the message says what to ask for instead. */
public final class InvalidRecordingException extends InvalidSettingsException {
  @Serial private static final long serialVersionUID = 1;

  InvalidRecordingException(String message) {
    super(message);
  }
}
