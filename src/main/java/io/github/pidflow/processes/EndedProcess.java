package io.github.pidflow.processes;

/**
 * What is known of a process that ended before it was read. An attribute that is not known is
 * empty.
 *
 * @param startIsKnown whether the start time is the process's, not that of an event in its life
 * @param cgroupPath in the v2 hierarchy
 */
public record EndedProcess(
    String comm, String exe, int uid, String cgroupPath, boolean startIsKnown) {
  /** The uid of a process whose user is not known. */
  public static final int UNKNOWN_USER = -1;
}
