package io.github.pidflow.flow;

/**
 * The attributes of a process, as last read. After an exec or a rename the process has a new {@code
 * ProcessInfo} with the same {@link ProcessId}. An attribute that could not be read is empty.
 *
 * @param comm the kernel's name of the process: valid UTF-16, at most 16 characters
 * @param exe path of the executable
 * @param user name of the effective user, or the uid if it has no name
 * @param unit systemd unit, for example {@code nginx.service}
 * @param containerId the container runtime's id, 64 hex digits; {@code user-UID/ID} if only a user
 *     vouches for it
 * @param podUid Kubernetes' uid of the pod, with dashes
 * @param startTimeSeconds start time in seconds since the epoch
 */
public record ProcessInfo(
    ProcessId id,
    String comm,
    String exe,
    String user,
    String unit,
    String containerId,
    String podUid,
    double startTimeSeconds) {

  /** A process known by pid and name only, as in a socket table given to replay. */
  public static ProcessInfo named(int pid, String comm) {
    return new ProcessInfo(new ProcessId(pid, 0), comm, "", "", "", "", "", 0);
  }

  /** The same process with an executable. */
  public ProcessInfo withExe(String path) {
    return new ProcessInfo(id, comm, path, user, unit, containerId, podUid, startTimeSeconds);
  }

  public int pid() {
    return id.pid();
  }
}
