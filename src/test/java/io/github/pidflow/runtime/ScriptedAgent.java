package io.github.pidflow.runtime;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** An agent whose steps a test gives, and which keeps what was called on which thread. */
final class ScriptedAgent implements Agent {
  final List<String> calls = new CopyOnWriteArrayList<>();
  final CountDownLatch worked = new CountDownLatch(1);
  volatile Callable<Integer> start = () -> 0;
  volatile Callable<Integer> work = () -> 0;
  volatile Callable<Integer> close = () -> 0;

  @Override
  public void onStart() throws Exception {
    called("start");
    start.call();
  }

  @Override
  public int doWork() throws Exception {
    if (worked.getCount() > 0) {
      called("work");
      worked.countDown();
    }
    return work.call();
  }

  @Override
  public void onClose() {
    called("close");
    try {
      close.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String roleName() {
    return "scripted";
  }

  private void called(String what) {
    calls.add(what + " on " + Thread.currentThread().getName());
  }
}
