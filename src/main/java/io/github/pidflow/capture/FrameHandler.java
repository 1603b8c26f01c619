package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;

/** What frames are handed to. The frame is valid only during the call. */
@FunctionalInterface
public interface FrameHandler {
  void onFrame(Frame frame);
}
