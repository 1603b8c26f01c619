package io.github.pidflow.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The one way into an agent from other threads: commands, which the agent's thread executes between
 * two pieces of work. Other threads see not the queue but a proxy, whose methods are the commands.
 * The queue is bounded; the proxy decides what to do with a command that does not fit, and counts
 * it.
 */
public final class CommandQueue {
  private final BlockingQueue<Runnable> commands;
  private final Runnable wake;

  /**
   * @param wake ends the agent's wait for work, or its next one
   */
  public CommandQueue(int capacity, Runnable wake) {
    commands = new ArrayBlockingQueue<>(capacity);
    this.wake = wake;
  }

  /**
   * Adds a command and wakes the agent; for any thread.
   *
   * @return false if there is no room; the command is then discarded
   */
  public boolean offer(Runnable command) {
    boolean accepted = commands.offer(command);
    if (accepted) {
      wake.run();
    }
    return accepted;
  }

  public boolean isEmpty() {
    return commands.isEmpty();
  }

  /**
   * Executes queued commands, at most {@code limit}; for the agent's thread. A command that throws
   * does not keep those after it from being executed: its exception is rethrown after the last one.
   *
   * @return how many
   */
  public int drain(int limit) {
    List<Runnable> batch = new ArrayList<>();
    commands.drainTo(batch, limit);
    RuntimeException failure = null;
    for (Runnable command : batch) {
      try {
        command.run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else if (e != failure) {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return batch.size();
  }
}
