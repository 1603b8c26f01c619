package io.github.pidflow.runtime;

/** One duty of the daemon, run again and again by one thread of an {@link AgentRunner}. */
public interface Agent {
  /** Called once on the agent's thread before the first {@link #doWork()}. */
  default void onStart() throws Exception {}

  /**
   * Does what there is to do and says how much it was. It may wait for work; longer than 100 ms
   * only if {@link #wake()} ends the wait, so that a stop is prompt.
   *
   * @return 0 if there was nothing to do
   */
  int doWork() throws Exception;

  /** Ends a wait in {@link #doWork()}, the next one if there is none now; for any thread. */
  default void wake() {}

  /** Called once on the agent's thread after the last {@link #doWork()}. */
  default void onClose() {}

  /** Name of the thread and value of the {@code component} label. */
  String roleName();
}
