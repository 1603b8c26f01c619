package io.github.pidflow.linux;

import java.io.IOException;
import java.io.Serial;

/** Thrown where pids would mean other processes than those the kernel reports. */
public final class PidNamespaceException extends IOException {
  /** What would make the pids the same. */
  public static final String FIX =
      "run pidflow in the host's PID namespace (hostPID: true in Kubernetes, --pid=host in Docker)";

  @Serial private static final long serialVersionUID = 1;

  public PidNamespaceException(String message) {
    super(message);
  }
}
