package io.github.pidflow.recording;

import java.nio.file.Path;
import java.util.List;

/**
 * How far a recording is.
 *
 * @param selection what it takes, in words
 * @param state {@code running}, {@code done} or {@code failed}
 * @param endCause empty while it runs
 * @param files oldest first; none for the standard output
 * @param packets how many are written
 * @param bytes how many are written, of all its files
 * @param droppedPackets for want of room in its buffer
 * @param kernelDroppedPackets dropped by the kernel meanwhile, of all packets of the host
 * @param isCut whether it got no more whole packets, since the kernel dropped some
 * @param oneIn N if it has but one packet in N for some of its time
 */
public record RecordingStatus(
    String id,
    String selection,
    String state,
    String endCause,
    List<Written> files,
    long packets,
    long bytes,
    long droppedPackets,
    long kernelDroppedPackets,
    boolean isCut,
    int oneIn,
    double beginTimeSeconds,
    double elapsedSeconds,
    double leftSeconds) {
  /**
   * A file of it.
   *
   * @param bytes how many of whole blocks it has
   */
  public record Written(Path path, long bytes) {}

  public static final String RUNNING = "running";
  public static final String DONE = "done";
  public static final String FAILED = "failed";

  public boolean isRunning() {
    return state.equals(RUNNING);
  }

  public boolean isFailed() {
    return state.equals(FAILED);
  }
}
