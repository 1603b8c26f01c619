package io.github.pidflow.ownership;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.util.function.Consumer;

/**
 * What other threads may ask of the ownership thread. Misses and settings have a queue each, so
 * that a flood of misses delays no settings. For any thread.
 */
public final class OwnershipProxy {
  private final CommandQueue misses;
  private final CommandQueue settings;
  private final Consumer<Miss> onLookUp;
  private final Consumer<OwnershipSettings> onApply;
  private final DaemonCounters counters;

  /**
   * @param onLookUp carries out {@link #lookUp} on the ownership thread
   * @param onApply carries out {@link #apply} on the ownership thread
   */
  OwnershipProxy(
      CommandQueue misses,
      CommandQueue settings,
      Consumer<Miss> onLookUp,
      Consumer<OwnershipSettings> onApply,
      DaemonCounters counters) {
    this.misses = misses;
    this.settings = settings;
    this.onLookUp = onLookUp;
    this.onApply = onApply;
    this.counters = counters;
  }

  /**
   * Requests a lookup of the socket of a miss. If the queue is full, the miss is dropped and
   * counted, and the next scan lists every namespace instead.
   */
  public void lookUp(Miss miss) {
    if (!misses.offer(() -> onLookUp.accept(miss))) {
      counters.increment(DaemonCounter.MISS_QUEUE_OVERFLOWS);
    }
  }

  /**
   * Changes the intervals between scans and the rate of lookups; other settings need a restart.
   *
   * @throws IllegalStateException if the ownership thread does not answer
   */
  public void apply(OwnershipSettings latest) {
    if (!settings.offer(() -> onApply.accept(latest))) {
      throw new IllegalStateException("the ownership thread does not answer");
    }
  }
}
