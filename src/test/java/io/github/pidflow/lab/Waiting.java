package io.github.pidflow.lab;

import java.util.concurrent.locks.LockSupport;

/** The pause between two checks of a state that another process will change. */
public final class Waiting {
  private Waiting() {}

  public static void pause(long nanos) {
    LockSupport.parkNanos(nanos);
    if (Thread.currentThread().isInterrupted()) {
      throw new IllegalStateException("interrupted: the test's time is up");
    }
  }
}
