package io.github.pidflow.metering;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.NotStartedException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What other threads may ask of the metering thread, which answers between two batches of packets:
 * so no counter is read while it changes, and none needs a lock. For any thread.
 */
public final class MeteringProxy {
  private static final String NO_ANSWER = "the metering thread does not answer";

  private final CommandQueue queue;
  private final MeteringCommands commands;
  private final Duration timeout;
  private final BooleanSupplier started;

  /**
   * @param timeout how long a request waits for its answer
   * @param started whether the metering thread has begun to answer requests
   */
  MeteringProxy(
      CommandQueue queue, MeteringCommands commands, Duration timeout, BooleanSupplier started) {
    this.queue = queue;
    this.commands = commands;
    this.timeout = timeout;
    this.started = started;
  }

  /**
   * The counters for a scrape: an ended process leaves once scrapes have seen its last bytes.
   *
   * @throws IllegalStateException if the metering thread does not answer, or with what failed there
   */
  public TrafficSnapshot scrape() {
    return request(commands::onScrape);
  }

  /**
   * The counters for any other reader. It changes nothing.
   *
   * @throws IllegalStateException if the metering thread does not answer, or with what failed there
   */
  public TrafficSnapshot snapshot() {
    return request(commands::onSnapshot);
  }

  /** Counts by other settings from the next batch on. */
  public void apply(AccountingSettings settings) {
    send(() -> commands.onApply(settings));
  }

  private void send(Runnable command) {
    if (!queue.offer(command)) {
      throw noAnswer(null);
    }
  }

  private IllegalStateException noAnswer(Throwable cause) {
    return started.getAsBoolean()
        ? new IllegalStateException(NO_ANSWER, cause)
        : new NotStartedException("the metering thread");
  }

  private TrafficSnapshot request(Consumer<CompletableFuture<TrafficSnapshot>> command) {
    CompletableFuture<TrafficSnapshot> answer = new CompletableFuture<>();
    send(() -> command.accept(answer));
    try {
      return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw noAnswer(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("no snapshot", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a snapshot", e);
    } finally {
      answer.cancel(false);
    }
  }
}
