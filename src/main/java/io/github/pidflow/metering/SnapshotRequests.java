package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Requests for a snapshot that came in one turn, all of which get the same one. */
final class SnapshotRequests {
  private final List<CompletableFuture<TrafficSnapshot>> requests = new ArrayList<>();

  void add(CompletableFuture<TrafficSnapshot> request) {
    requests.add(request);
  }

  /**
   * Answers every request that was not given up, with one snapshot, which is taken only if there is
   * such a request. A failure is passed on to the requests: it must not end the metering thread.
   */
  void answer(Supplier<TrafficSnapshot> snapshots) {
    requests.removeIf(CompletableFuture::isDone);
    if (requests.isEmpty()) {
      return;
    }
    try {
      TrafficSnapshot snapshot = snapshots.get();
      requests.forEach(request -> request.complete(snapshot));
    } catch (RuntimeException e) {
      requests.forEach(request -> request.completeExceptionally(e));
    }
    requests.clear();
  }
}
