package io.github.pidflow.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The one way into an agent from other threads: commands, which its own thread carries out between
 * two pieces of work. Other threads do not see the queue but a proxy, whose methods are the
 * commands. The queue is bounded; a proxy decides, and counts, what becomes of a command that finds
 * no room.
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
   * Leaves a command and wakes the agent; for any thread.
   *
   * @return false if there is no room, and then the command is not carried out
   */
  public boolean offer(Runnable command) {
    boolean taken = commands.offer(command);
    if (taken) {
      wake.run();
    }
    return taken;
  }

  public boolean isEmpty() {
    return commands.isEmpty();
  }

  /**
   * Carries out the commands there are, without waiting for more; for the agent's thread.
   *
   * @return how many there were
   */
  public int drain(int limit) {
    List<Runnable> batch = new ArrayList<>();
    commands.drainTo(batch, limit);
    batch.forEach(Runnable::run);
    return batch.size();
  }
}
