package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficSnapshot;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Where scrapes ask for a snapshot and the metering thread answers between two packets. So no
 * counter is ever read while it changes, and none needs a lock.
 */
public final class SnapshotDesk {
  private final Duration patience;
  private final Runnable wake;
  private final Queue<CompletableFuture<TrafficSnapshot>> requests = new ConcurrentLinkedQueue<>();

  /**
   * @param patience how long a scrape waits for its answer
   * @param wake has the metering thread look whether somebody asks
   */
  public SnapshotDesk(Duration patience, Runnable wake) {
    this.patience = patience;
    this.wake = wake;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws IllegalStateException if the metering thread does not answer, or with what failed there
   */
  public TrafficSnapshot request() {
    CompletableFuture<TrafficSnapshot> request = new CompletableFuture<>();
    requests.add(request);
    wake.run();
    try {
      return request.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("the metering thread does not answer", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("no snapshot", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a snapshot", e);
    } finally {
      requests.removeIf(each -> each == request);
    }
  }

  /**
   * Answers everybody who asked so far with one snapshot, taken only if somebody did. What fails
   * here is theirs who asked: it must not end the thread that counts.
   */
  void answer(Supplier<TrafficSnapshot> taker) {
    if (requests.isEmpty()) {
      return;
    }
    try {
      TrafficSnapshot snapshot = taker.get();
      answerAll(request -> request.complete(snapshot));
    } catch (RuntimeException e) {
      answerAll(request -> request.completeExceptionally(e));
    }
  }

  private void answerAll(Consumer<CompletableFuture<TrafficSnapshot>> answer) {
    for (CompletableFuture<TrafficSnapshot> request = requests.poll();
        request != null;
        request = requests.poll()) {
      answer.accept(request);
    }
  }
}
