package io.github.pidflow.daemon;

import io.github.pidflow.accounting.TrafficSnapshot;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Where scrapes ask for a snapshot and the metering thread answers between two packets. So no
 * counter is ever read while it changes, and none needs a lock.
 */
final class SnapshotDesk {
  private static final long PATIENCE_SECONDS = 5;

  private final Queue<CompletableFuture<TrafficSnapshot>> requests = new ConcurrentLinkedQueue<>();

  /**
   * Asks, and waits for the answer.
   *
   * @throws IllegalStateException if the metering thread does not answer
   */
  TrafficSnapshot request() {
    CompletableFuture<TrafficSnapshot> request = new CompletableFuture<>();
    requests.add(request);
    try {
      return request.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("the metering thread does not answer", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("no snapshot", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a snapshot", e);
    }
  }

  /** Answers everybody who asked so far with one snapshot, taken only if somebody did. */
  void answer(Supplier<TrafficSnapshot> taker) {
    if (requests.isEmpty()) {
      return;
    }
    TrafficSnapshot snapshot = taker.get();
    for (CompletableFuture<TrafficSnapshot> request = requests.poll();
        request != null;
        request = requests.poll()) {
      request.complete(snapshot);
    }
  }
}
