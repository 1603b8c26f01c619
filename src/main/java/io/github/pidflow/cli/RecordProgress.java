package io.github.pidflow.cli;

import io.github.pidflow.recording.Bytes;
import io.github.pidflow.recording.RecordingStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The progress of a recording: a line that is updated every second if stderr is a terminal. */
final class RecordProgress {
  private static final String START_OF_LINE = "\r";
  private static final String REST_OF_LINE = "\u001b[K";

  private final PrintWriter err;
  private final boolean isTerminal = isTerminal();

  RecordProgress(PrintWriter err) {
    this.err = err;
  }

  void show(RecordingStatus status) {
    if (isTerminal) {
      err.print(
          START_OF_LINE
              + counts(status)
              + ", "
              + Math.round(status.leftSeconds())
              + " s left"
              + REST_OF_LINE
              + START_OF_LINE);
      err.flush();
    }
  }

  static String summary(RecordingStatus status) {
    return counts(status) + ": " + status.endCause();
  }

  private static String counts(RecordingStatus status) {
    List<RecordingStatus.Written> files = status.files();
    int last = files.size() - 1;
    String where =
        files.isEmpty()
            ? ""
            : " in " + files.get(last).path() + (last > 0 ? " and " + last + " before it" : "");
    String lost =
        status.kernelDroppedPackets() == 0
            ? ""
            : ", " + status.kernelDroppedPackets() + " of the whole host dropped by the kernel";
    return status.packets()
        + " packets, "
        + Bytes.text(status.bytes())
        + ", "
        + status.droppedPackets()
        + " dropped"
        + lost
        + where;
  }

  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }
}
