package io.github.pidflow.recording;

import java.time.Duration;
import java.util.Set;

/**
 * A recording as it was asked for.
 *
 * @param pids empty to select none by pid
 * @param comms exact names, empty to select none by name
 * @param filter a pcap-filter(7) expression, empty for none
 * @param duration when it ends at the latest
 * @param maxFileBytes how big a file may become
 * @param files how many files are kept; with 1, a full file ends the recording
 * @param snapLength how many bytes of a packet are kept
 */
public record RecordingRequest(
    Set<Integer> pids,
    Set<String> comms,
    String filter,
    Duration duration,
    long maxFileBytes,
    int files,
    int snapLength) {
  /** The longest packet there is, merged ones (GRO) included; the default of tcpdump too. */
  public static final int MAX_SNAP_LENGTH = 262_144;

  public static final int MIN_SNAP_LENGTH = 64;
  public static final int MAX_FILES = 1000;
  public static final int MAX_PROCESSES = 64;

  /** A file must hold at least the longest packet. */
  public static final long MIN_FILE_BYTES = 1 << 20;

  /** TASK_COMM_LEN without the NUL. */
  private static final int MAX_COMM_LENGTH = 15;

  public RecordingRequest {
    pids = Set.copyOf(pids);
    comms = Set.copyOf(comms);
  }

  /**
   * Checks every value.
   *
   * @throws InvalidRecordingException naming the first that is out of its range
   */
  public void validate() throws InvalidRecordingException {
    require(
        !pids.isEmpty() || !comms.isEmpty() || !filter.isBlank(),
        "name a pid, a comm or a filter to select what is recorded");
    require(
        pids.size() + comms.size() <= MAX_PROCESSES,
        "name at most " + MAX_PROCESSES + " pids and comms");
    for (int pid : pids) {
      require(pid >= 1, "a pid is 1 or more, not " + pid);
    }
    for (String comm : comms) {
      require(
          !comm.isEmpty() && comm.length() <= MAX_COMM_LENGTH,
          "a comm has 1 to " + MAX_COMM_LENGTH + " characters, not " + Comment.quoted(comm));
    }
    require(!duration.isNegative() && !duration.isZero(), "the duration must be longer than 0");
    require(maxFileBytes >= MIN_FILE_BYTES, "a file must have room for 1MiB or more");
    require(files >= 1 && files <= MAX_FILES, "the number of files is 1 to " + MAX_FILES);
    require(
        snapLength >= MIN_SNAP_LENGTH && snapLength <= MAX_SNAP_LENGTH,
        "the snap length is " + MIN_SNAP_LENGTH + " to " + MAX_SNAP_LENGTH + ", not " + snapLength);
  }

  private static void require(boolean holds, String message) throws InvalidRecordingException {
    if (!holds) {
      throw new InvalidRecordingException(message);
    }
  }
}
