package io.github.pidflow.processes;

import io.github.pidflow.flow.ProcessInfo;

/**
 * Processes that listen on behalf of services: pid 1, and systemd as the manager of a user or of a
 * container. For a socket unit with {@code Accept=yes} systemd also accepts the connections, and
 * holds each one until its service instance has ended. The traffic is the instance's.
 */
public final class ServiceManagers {
  static final int INIT = 1;

  /** Also the name of a child that has not yet become the service. */
  private static final String SYSTEMD = "systemd";

  private ServiceManagers() {}

  public static boolean contain(ProcessInfo process) {
    return contain(process.pid(), process.comm());
  }

  /** Whether a process is systemd, which never uses the connections that it accepts. */
  public static boolean isSystemd(ProcessInfo process) {
    return process.comm().equals(SYSTEMD);
  }

  static boolean contain(int pid, String comm) {
    return pid == INIT || comm.equals(SYSTEMD);
  }
}
