package io.github.pidflow.daemon;

import io.github.pidflow.linux.NativeFunctions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Loads JNA and looks up the C functions on a thread of its own while the settings are read. JNA
 * unpacks a library first, and only code that calls a C function has to wait for it.
 */
final class NativeLoader {
  private final FutureTask<Void> loading;

  private NativeLoader(FutureTask<Void> loading) {
    this.loading = loading;
  }

  static NativeLoader start() {
    FutureTask<Void> loading = new FutureTask<>(NativeFunctions::load, null);
    Thread thread = new Thread(loading, "natives");
    thread.setDaemon(true);
    thread.start();
    return new NativeLoader(loading);
  }

  /**
   * Waits until the functions are ready.
   *
   * @throws UnsatisfiedLinkError if they cannot be loaded
   */
  void await() throws InterruptedException {
    try {
      loading.get();
    } catch (ExecutionException e) {
      // The first caller of a function would only see that a class failed to initialize.
      if (e.getCause() instanceof UnsatisfiedLinkError unsatisfied) {
        throw unsatisfied;
      }
      throw new IllegalStateException("the C functions cannot be looked up", e.getCause());
    }
  }
}
