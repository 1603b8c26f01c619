package io.github.pidflow.ownership;

import io.github.pidflow.linux.PidNamespaceException;
import io.github.pidflow.processes.PidNamespace;
import io.github.pidflow.sockets.KernelSocket;
import io.github.pidflow.sockettable.SocketOwner;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether pidflow sees no process that could own traffic. That happens in a PID namespace of its
 * own within the host's network namespace: the sockets are the host's, but their processes are
 * invisible. A PID namespace that pidflow shares with the owners, as in a pod, is no obstacle.
 */
final class Blindness {
  private static final String CAUSE =
      "only the processes of pidflow's own PID namespace are visible, and none of them owns"
          + " traffic; fix: "
          + PidNamespaceException.FIX;

  private final Path procRoot;
  private final boolean seesAll;
  private final long ownPid = ProcessHandle.current().pid();
  private volatile String cause = "";

  Blindness(Path procRoot) {
    this.procRoot = procRoot;
    seesAll = PidNamespace.isInitial(procRoot);
  }

  /** Judges by the sockets of a scan and their holders. */
  void judge(List<KernelSocket> sockets, Function<KernelSocket, Optional<SocketOwner>> holder) {
    if (seesAll) {
      return;
    }
    boolean isSomeUnheld = false;
    for (KernelSocket socket : sockets) {
      // Sockets in TIME_WAIT have no inode and no holder anywhere.
      if (socket.inode() != 0) {
        Optional<SocketOwner> owner = holder.apply(socket);
        if (owner.map(SocketOwner::process).filter(each -> each.pid() != ownPid).isPresent()) {
          cause = "";
          return;
        }
        isSomeUnheld |= owner.isEmpty();
      }
    }
    cause = isSomeUnheld || !PidNamespace.showsOthers(procRoot) ? CAUSE : "";
  }

  /** Why no process can be named, and the fix; empty if some can. For any thread. */
  String cause() {
    return cause;
  }
}
