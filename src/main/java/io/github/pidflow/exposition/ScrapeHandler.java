package io.github.pidflow.exposition;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.HTTPServer.HTTPMetricHandler;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers scrapes through simpleclient's handler, on threads of its own: the server's thread hands
 * the exchange over and is free again, so no scrape, however slow or slowly read, keeps another
 * request waiting. Nobody queues for these threads either; a scrape that would have to wait for
 * clients that do not read is better told so at once.
 *
 * <p>Simpleclient renders a page into a buffer it keeps for each thread and never shrinks (32 MiB
 * for the 18 MB page of 20,000 processes). That is the other reason for few threads, and for ending
 * them between two scrapes.
 *
 * <p>It is guarded where it is weak: it writes a body to a HEAD request, which the server turns
 * into an error, and tests every sample against each {@code name[]} of the query in turn.
 */
final class ScrapeHandler implements HttpHandler, AutoCloseable {
  static final int MAX_CONCURRENT = 4;

  private static final Logger LOG = LoggerFactory.getLogger(ScrapeHandler.class);
  private static final int MAX_QUERY_LENGTH = 8192;
  private static final long THREAD_IDLE_SECONDS = 2;
  private static final long CLOSE_WAIT_MILLIS = 500;

  private final HTTPMetricHandler page;
  private final DaemonCounters counters;
  private final DistinctErrors errors;
  private final ThreadPoolExecutor threads;

  ScrapeHandler(CollectorRegistry registry, DaemonCounters counters, DistinctErrors errors) {
    this.page = new HTTPMetricHandler(registry);
    this.counters = counters;
    this.errors = errors;
    threads =
        new ThreadPoolExecutor(
            0,
            MAX_CONCURRENT,
            THREAD_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DaemonThreads("http-scrape"));
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getRawQuery();
    if (query != null && query.length() > MAX_QUERY_LENGTH) {
      Responses.sendText(exchange, 414, "a query has at most " + MAX_QUERY_LENGTH + " characters");
      return;
    }
    if (Responses.isHead(exchange)) {
      String accept = exchange.getRequestHeaders().getFirst("Accept");
      exchange.getResponseHeaders().set("Content-Type", TextFormat.chooseContentType(accept));
      Responses.sendHeaders(exchange, 200);
      return;
    }
    try {
      threads.execute(() -> scrape(exchange));
    } catch (RejectedExecutionException e) {
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
      exchange.getResponseHeaders().set("Retry-After", "1");
      Responses.sendText(exchange, 503, MAX_CONCURRENT + " scrapes are being answered already");
    }
  }

  private void scrape(HttpExchange exchange) {
    long startNanos = System.nanoTime();
    try {
      page.handle(exchange);
      counters.increment(DaemonCounter.SCRAPES);
      counters.add(DaemonCounter.SCRAPE_NANOS, System.nanoTime() - startNanos);
    } catch (IOException e) {
      // The client went away, or read so slowly that the server closed the connection.
      LOG.debug("scrape by {} broken off: {}", exchange.getRemoteAddress(), e.toString());
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
      exchange.close();
    } catch (RuntimeException | Error e) {
      errors.record("scrape", e);
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
      fail(exchange);
    }
  }

  private static void fail(HttpExchange exchange) {
    try {
      Responses.sendFailure(exchange);
    } catch (IOException e) {
      exchange.close();
    }
  }

  /** Takes no more scrapes and gives those under way a moment to end. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
