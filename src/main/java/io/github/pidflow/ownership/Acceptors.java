package io.github.pidflow.ownership;

import io.github.pidflow.processes.ProcessTable;
import io.github.pidflow.processes.SocketHolders;
import io.github.pidflow.processes.SocketHolders.Holder;
import io.github.pidflow.sockets.KernelSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which processes may have accepted a connection: those that hold its listener, their descendants,
 * and other processes of the same user, to which a server leaves connections. A process of another
 * user was sent it, perhaps unasked.
 */
final class Acceptors {
  private static final int MAX_ANCESTORS = 16;
  private static final int MAX_ANSWERS = 4096;

  private final ProcessTable processes;
  private final SocketHolders holders;
  private final Listeners listeners = new Listeners();

  /** Until the next scan. */
  private final Map<Question, Boolean> answers = new HashMap<>();

  private record Question(ProcessTable.Entry process, long listener) {}

  Acceptors(ProcessTable processes, SocketHolders holders) {
    this.processes = processes;
    this.holders = holders;
  }

  /** Begins to answer by the listeners of another dump, see {@link Listeners#replace}. */
  void listed(List<KernelSocket> dumped, Set<Integer> skipped) {
    listeners.replace(dumped, skipped);
    answers.clear();
  }

  /** The process that holds the listener of a connection, if it is known. */
  Optional<ProcessTable.Entry> listening(KernelSocket connection) {
    return listeners
        .of(connection.key())
        .flatMap(each -> holders.holder(each.inode()))
        .map(Holder::process);
  }

  /** Whether a process may have accepted a connection. True if its listener is not known. */
  boolean contain(ProcessTable.Entry process, KernelSocket connection) {
    Optional<KernelSocket> listener = listeners.of(connection.key());
    Optional<Holder> holder = listener.flatMap(each -> holders.holder(each.inode()));
    if (holder.isEmpty() || holder.get().isManager() || holder.get().process() == process) {
      return true;
    }
    Question question = new Question(process, listener.get().inode());
    Boolean known = answers.get(question);
    if (known != null) {
      return known;
    }
    ProcessTable.Entry listening = holder.get().process();
    boolean answer =
        process.info().user().equals(listening.info().user())
            || descends(process, listening, question.listener);
    if (answers.size() < MAX_ANSWERS) {
      answers.put(question, answer);
    }
    return answer;
  }

  private boolean descends(ProcessTable.Entry process, ProcessTable.Entry holder, long listener) {
    ProcessTable.Entry each = process;
    for (int i = 0; i < MAX_ANCESTORS && each != null; i++) {
      if (each == holder || each.parentPid() == holder.pid() || holders.isHeldBy(each, listener)) {
        return true;
      }
      each = processes.parent(each).orElse(null);
    }
    return false;
  }
}
