package io.github.pidflow.runtime;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one agent on one thread and is the only place that idles.
 *
 * <p>What an agent throws once is counted and logged by its distinct cause, and the agent goes on;
 * what it throws {@value #MAX_CONSECUTIVE_FAILURES} times without a success between ends it, and
 * the daemon is told.
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

  /** Starts the thread and returns once {@link Agent#onStart()} is done, throwing what it threw. */
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

  /** How often the agent has done its work so far: a count that stands still is a hung thread. */
  public long turns() {
    return turns.get();
  }

  public String roleName() {
    return agent.roleName();
  }

  /** Has the agent do its next turn now, if it waits. */
  public void wake() {
    agent.wake();
  }

  /** Stops the agent and returns once its thread has ended. */
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

  /** A close that fails too must not keep the daemon from being told of a death. */
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
        int done = agent.doWork();
        turns.lazySet(turns.getPlain() + 1);
        if (done == 0) {
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
