package io.github.pidflow.recording;

import io.github.pidflow.linux.Descriptor;
import io.github.pidflow.linux.NativeIoException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * The progress of a recording.
 *
 * @param selection its selection, in words
 * @param state {@code running}, {@code done} or {@code failed}
 * @param endCause empty while it runs
 * @param files oldest first; none for the standard output
 * @param packets packets written
 * @param bytes bytes written, to all its files
 * @param droppedPackets dropped because its buffer was full
 * @param kernelDroppedPackets packets of the whole host that the kernel dropped meanwhile
 * @param isCut whether its packets are cut, since the kernel dropped some
 * @param oneIn N if it has only one packet in N for some of its time
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
   * One of its files.
   *
   * @param key the file system's identifier of the file
   * @param bytes bytes of whole blocks in it
   */
  public record Written(Path path, Object key, long bytes) {
    /**
     * Opens it for reading.
     *
     * @throws NoSuchFileException if it was deleted, or another file has its name by now
     */
    public InputStream open() throws IOException {
      try (Descriptor file = Descriptor.openAtOnce(path.toString())) {
        // The open file itself, whatever its name leads to by now.
        Path opened = Path.of("/proc/self/fd", Integer.toString(file.fd()));
        if (!key.equals(Files.readAttributes(opened, BasicFileAttributes.class).fileKey())) {
          throw new NoSuchFileException(path.toString(), null, "another file has this name now");
        }
        return Files.newInputStream(opened);
      } catch (NativeIoException e) {
        throw new NoSuchFileException(path.toString(), null, e.getMessage());
      }
    }
  }

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
