package io.github.pidflow.runtime;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one agent on one thread, and idles when the agent has no work.
 *
 * <p>An exception is counted and logged by {@link DistinctErrors}, and the agent goes on. After
 * {@value #MAX_CONSECUTIVE_FAILURES} exceptions in a row, or an {@link Error}, the agent ends and
 * the daemon is notified.
 */
public final class AgentRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AgentRunner.class);
  private static final int MAX_CONSECUTIVE_FAILURES = 100;
  private static final long IDLE_NANOS = 1_000_000;
  private static final long FAILURE_PAUSE_NANOS = 10_000_000;

  private final Agent agent;
  private final DistinctErrors errors;
  private final Consumer<Throwable> onDeath;
  private final CountDownLatch started = new CountDownLatch(1);
  private final Thread thread;
  private final AtomicLong turns = new AtomicLong();
  private volatile boolean stopping;
  private volatile boolean running;
  private volatile Throwable startFailure;

  public AgentRunner(Agent agent, DistinctErrors errors, Consumer<Throwable> onDeath) {
    this.agent = agent;
    this.errors = errors;
    this.onDeath = onDeath;
    thread = new Thread(this::run, agent.roleName());
  }

  /** Starts the thread and waits for {@link Agent#onStart()}; rethrows what that throws. */
  public void start() throws Exception {
    thread.start();
    started.await();
    Throwable failure = startFailure;
    if (failure instanceof Exception e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }

  public boolean isRunning() {
    return running;
  }

  /** How many turns the agent has completed. If the count stands still, the thread hangs. */
  public long turns() {
    return turns.get();
  }

  public String roleName() {
    return agent.roleName();
  }

  /** Ends the agent's wait for work. */
  public void wake() {
    agent.wake();
  }

  /** Stops the agent and waits for its thread to end. */
  @Override
  public void close() {
    stopping = true;
    wake();
    boolean interrupted = false;
    while (thread.isAlive() && Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      agent.onStart();
    } catch (Throwable e) {
      startFailure = e;
      closeAgent();
      return;
    } finally {
      running = startFailure == null;
      started.countDown();
    }
    Throwable death = work();
    running = false;
    closeAgent();
    if (death != null) {
      LOG.error("{} ended: {}", agent.roleName(), death.toString(), death);
      onDeath.accept(death);
    }
  }

  /** A failing close must not prevent the daemon from being notified of the agent's death. */
  private void closeAgent() {
    try {
      agent.onClose();
    } catch (Throwable e) {
      errors.record(agent.roleName(), e);
    }
  }

  private Throwable work() {
    int failures = 0;
    while (!stopping) {
      try {
        int workCount = agent.doWork();
        turns.lazySet(turns.getPlain() + 1);
        if (workCount == 0) {
          LockSupport.parkNanos(IDLE_NANOS);
        }
        failures = 0;
      } catch (Exception e) {
        errors.record(agent.roleName(), e);
        if (++failures == MAX_CONSECUTIVE_FAILURES) {
          return e;
        }
        LockSupport.parkNanos(FAILURE_PAUSE_NANOS);
      } catch (Error e) {
        return e;
      }
    }
    return null;
  }
}
