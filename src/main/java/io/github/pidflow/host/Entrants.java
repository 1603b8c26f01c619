package io.github.pidflow.host;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The tasks that entered network namespaces, by the namespace's inode. All of them are kept, since
 * some only pass through: a namespace can be opened through any task that is still in it.
 */
final class Entrants {
  static final int MAX_TASKS = 4096;

  private final Map<Long, Deque<Integer>> byNamespace = new HashMap<>();
  private int tasks;
  private boolean cut;

  /** Notes a process or thread that has entered a namespace. */
  void add(long inode, int task) {
    if (tasks == MAX_TASKS) {
      cut = true;
      return;
    }
    tasks++;
    byNamespace.computeIfAbsent(inode, each -> new ArrayDeque<>()).addFirst(task);
  }

  /** The tasks, the latest first. */
  Map<Long, Deque<Integer>> byNamespace() {
    return byNamespace;
  }

  /** Whether there were more than could be kept. */
  boolean isCut() {
    return cut;
  }
}
