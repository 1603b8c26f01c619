package io.github.pidflow.flow;

/**
 * Who a process is, as read when it was last looked at. An exec or a renaming makes a new {@code
 * ProcessInfo} with the same {@link ProcessId}. What could not be read is the empty string.
 *
 * @param comm the kernel's name of it, valid UTF-16, at most 16 characters
 * @param exe path of the executable
 * @param user name of its effective user, or the number where there is no name
 * @param unit systemd unit, like {@code nginx.service}
 * @param containerId the container runtime's id, 64 hex digits
 * @param podUid the uid Kubernetes gave its pod, with dashes
 * @param startTimeSeconds seconds since the epoch
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

  /** A process of which only pid and name are known, as in a table given to replay. */
  public static ProcessInfo named(int pid, String comm) {
    return new ProcessInfo(new ProcessId(pid, 0), comm, "", "", "", "", "", 0);
  }

  public int pid() {
    return id.pid();
  }
}
