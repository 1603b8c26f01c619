package io.github.pidflow.cli;

import io.github.pidflow.linux.NativeFunctions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * JNA and the C functions, made ready while the settings are read: JNA unpacks a library and looks
 * each function up, which nothing has to wait for that does not call one.
 */
public final class Natives {
  private final FutureTask<Void> loading;

  private Natives(FutureTask<Void> loading) {
    this.loading = loading;
  }

  public static Natives load() {
    FutureTask<Void> loading = new FutureTask<>(NativeFunctions::load, null);
    Thread thread = new Thread(loading, "natives");
    thread.setDaemon(true);
    thread.start();
    return new Natives(loading);
  }

  /**
   * Waits until they are ready.
   *
   * @throws UnsatisfiedLinkError if they cannot be loaded
   */
  public void await() throws InterruptedException {
    try {
      loading.get();
    } catch (ExecutionException e) {
      // Here and not from whatever calls them first: that would say only that a class is broken.
      if (e.getCause() instanceof UnsatisfiedLinkError unsatisfied) {
        throw unsatisfied;
      }
      throw new IllegalStateException("the C functions cannot be looked up", e.getCause());
    }
  }
}
