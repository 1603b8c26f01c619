package io.github.pidflow.runtime;

/** A duty of the daemon that runs on a thread of its own; see {@link AgentRunner}. */
public interface Agent {
  /** Called once on the agent's thread before the first {@link #doWork()}. */
  default void onStart() throws Exception {}

  /**
   * Does the work that is available. It may wait for work, but for more than 100 ms only if {@link
   * #wake()} ends the wait, so that the agent stops promptly.
   *
   * @return how much work was done, 0 if there was none
   */
  int doWork() throws Exception;

  /** Ends the current wait in {@link #doWork()}, or else the next one; for any thread. */
  default void wake() {}

  /** Called once on the agent's thread after the last {@link #doWork()}. */
  default void onClose() {}

  /** Name of the thread and value of the {@code component} label. */
  String roleName();
}
