package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;

/** Receives frames. A frame is valid only during the call. */
@FunctionalInterface
public interface FrameHandler {
  void onFrame(Frame frame);
}
