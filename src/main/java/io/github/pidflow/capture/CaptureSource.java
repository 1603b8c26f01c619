package io.github.pidflow.capture;

import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.linux.Pollable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Raw frames from the kernel or a file. All methods are for the one thread that polls. */
public interface CaptureSource extends AutoCloseable {
  /**
   * Hands over the frames there are, at most {@code limit} of each kernel buffer, without waiting
   * for more.
   *
   * @return how many were handed over
   */
  int poll(FrameHandler handler, int limit) throws IOException;

  /** Tells the source which interfaces there are now, for it to select among them. */
  default void useInterfaces(List<NetworkInterface> interfaces) throws IOException {}

  /**
   * Lets one packet in {@code oneIn} through from now on, by chance, and gives its frame that
   * weight. A source that cannot is left as it is: all of its frames have weight 1.
   */
  default void sample(int oneIn) throws IOException {}

  /**
   * Copies at least so many bytes of each packet that comes from now on, and no fewer than the
   * settings say. A source that cannot is left as it is.
   */
  default void copyAtLeast(int bytes) throws IOException {}

  /** Packets and drops since the source was opened. */
  default CaptureStatistics statistics() throws IOException {
    return CaptureStatistics.NONE;
  }

  /** What tells when there are frames, empty where one can only look again. */
  default Optional<Pollable> pollable() {
    return Optional.empty();
  }

  /** Whether there will never be another frame: the end of a file. */
  default boolean isExhausted() {
    return false;
  }

  @Override
  void close();
}
