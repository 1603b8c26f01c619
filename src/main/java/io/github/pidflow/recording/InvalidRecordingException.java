package io.github.pidflow.recording;

import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.Serial;

/** Thrown for a request no recording can be made from; the message says how to mend it. */
public final class InvalidRecordingException extends InvalidSettingsException {
  @Serial private static final long serialVersionUID = 1;

  InvalidRecordingException(String message) {
    super(message);
  }
}
