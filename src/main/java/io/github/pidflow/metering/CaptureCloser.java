package io.github.pidflow.metering;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes captures on a thread of its own. The kernel takes tens of milliseconds to close a packet
 * socket and unmap its ring, in which the metering thread could read nothing.
 *
 * <p>Whoever makes namespaces in a loop could have more of them opened than this thread can close.
 * So the thread that opens captures closes one for each that it opens while too many wait.
 */
final class CaptureCloser implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureCloser.class);
  private static final int MAX_WAITING = 32;

  private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
  private final Thread thread = new Thread(this::run, "capture-closer");
  private volatile boolean ending;

  CaptureCloser() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Closes a capture soon. The thread that read it must have let go of it. */
  void close(Runnable closing) {
    waiting.add(closing);
  }

  /** Closes a capture on the calling thread if many are waiting. */
  void relieve() {
    Runnable next = waiting.size() > MAX_WAITING ? waiting.poll() : null;
    if (next != null) {
      run(next);
    }
  }

  private void run() {
    try {
      while (!ending || !waiting.isEmpty()) {
        run(waiting.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void run(Runnable closing) {
    try {
      closing.run();
    } catch (RuntimeException e) {
      LOG.warn("cannot close a capture", e);
    }
  }

  /** Closes what is waiting, and ends the thread. */
  @Override
  public void close() {
    ending = true;
    waiting.add(() -> {});
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
