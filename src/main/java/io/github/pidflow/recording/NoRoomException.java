package io.github.pidflow.recording;

import java.io.IOException;
import java.io.Serial;

/** Thrown when the disk has no room for a recording. */
public final class NoRoomException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  NoRoomException(String message) {
    super(message);
  }
}
