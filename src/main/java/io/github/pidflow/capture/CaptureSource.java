package io.github.pidflow.capture;

import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.linux.Pollable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A source of raw frames: the kernel or a file. All methods are for the polling thread. */
public interface CaptureSource extends AutoCloseable {
  /**
   * Hands over available frames, at most {@code limit} of each kernel buffer, without waiting.
   *
   * @return how many were handed over
   */
  int poll(FrameHandler handler, int limit) throws IOException;

  /** Selects anew among the interfaces that the namespace has now. */
  default void updateInterfaces(List<NetworkInterface> interfaces) throws IOException {}

  /**
   * Samples from now on: passes each packet with probability 1 / {@code oneIn}, and gives its frame
   * the weight {@code oneIn}. A source that cannot sample ignores the call; all of its frames have
   * weight 1.
   */
  default void sampleOneIn(int oneIn) throws IOException {}

  /**
   * Raises the snap length to at least this many bytes; it never falls below the configured one. A
   * source that cannot change its snap length ignores the call.
   */
  default void setMinSnapLength(int bytes) throws IOException {}

  /** Packets and drops since the source was opened. */
  default CaptureStatistics statistics() throws IOException {
    return CaptureStatistics.NONE;
  }

  /** What becomes readable when there are frames; empty if the source can only be polled. */
  default Optional<Pollable> pollable() {
    return Optional.empty();
  }

  /** Whether there will be no more frames: the end of a file. */
  default boolean isExhausted() {
    return false;
  }

  @Override
  void close();
}
