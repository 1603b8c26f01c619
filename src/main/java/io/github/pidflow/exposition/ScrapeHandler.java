package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.negotiation.Coding;
import io.github.pidflow.negotiation.MetricsType;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.github.pidflow.runtime.FairSlots;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.SoftReference;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers scrapes on its own threads, so that a slow scrape or a slow reader does not delay other
 * requests. There is no queue: while all threads are busy, a scrape is refused with status 503. No
 * address can take all of them, and the last one is kept for a scraper that was served before.
 *
 * <p>A page is complete before its first byte is sent, so that the response has a Content-Length
 * and a failure can still be reported by its status. The buffer of one page is kept for the next
 * scrape, softly referenced so that it goes when the heap runs short.
 */
final class ScrapeHandler implements HttpHandler, AutoCloseable {
  static final int MAX_CONCURRENT = 4;

  private static final Logger LOG = LoggerFactory.getLogger(ScrapeHandler.class);
  private static final int MAX_QUERY_LENGTH = 8192;
  private static final long THREAD_IDLE_SECONDS = 2;
  private static final long CLOSE_WAIT_MILLIS = 500;

  private final MetricsPage metrics;
  private final AtomicReference<SoftReference<PageBuffer>> spare =
      new AtomicReference<>(new SoftReference<>(null));
  private final DaemonCounters counters;
  private final DistinctErrors errors;
  private final FairSlots<InetAddress> slots = new FairSlots<>(MAX_CONCURRENT);
  private final ThreadPoolExecutor threads;

  ScrapeHandler(MetricsPage metrics, DaemonCounters counters, DistinctErrors errors) {
    this.metrics = metrics;
    this.counters = counters;
    this.errors = errors;
    threads =
        new ThreadPoolExecutor(
            0,
            2 * MAX_CONCURRENT, // a thread that has released its slot may not be idle yet
            THREAD_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DaemonThreads("http-scrape"));
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getRawQuery();
    if (query != null && query.length() > MAX_QUERY_LENGTH) {
      Responses.sendText(
          exchange, 414, "the query is longer than " + MAX_QUERY_LENGTH + " characters");
      return;
    }
    if (Responses.isHead(exchange)) {
      describe(exchange, requestedType(exchange));
      Responses.sendHeaders(exchange, 200);
      return;
    }
    InetAddress client = exchange.getRemoteAddress().getAddress();
    if (!slots.tryAcquire(client)) {
      refuse(exchange);
      return;
    }
    try {
      threads.execute(() -> scrape(exchange, client));
    } catch (RejectedExecutionException e) {
      slots.release(client, false);
      refuse(exchange);
    }
  }

  private void refuse(HttpExchange exchange) throws IOException {
    counters.increment(DaemonCounter.SCRAPE_FAILURES);
    exchange.getResponseHeaders().set("Retry-After", "1");
    // Requests that follow on the connection would be refused as well.
    exchange.getResponseHeaders().set("Connection", "close");
    Responses.sendText(exchange, 503, "too many scrapes are in progress already");
  }

  private void scrape(HttpExchange exchange, InetAddress client) {
    long startNanos = System.nanoTime();
    boolean served = false;
    try {
      answer(exchange);
      served = true;
      counters.increment(DaemonCounter.SCRAPES);
      counters.add(DaemonCounter.SCRAPE_NANOS, System.nanoTime() - startNanos);
    } catch (IOException e) {
      // The client went away, or read so slowly that the server closed the connection.
      LOG.debug("scrape by {} aborted: {}", exchange.getRemoteAddress(), e.toString());
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
      exchange.close();
    } catch (RuntimeException | Error e) {
      errors.record("scrape", e);
      counters.increment(DaemonCounter.SCRAPE_FAILURES);
      fail(exchange);
    } finally {
      slots.release(client, served);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    PageBuffer page = spare.getAndSet(new SoftReference<>(null)).get();
    if (page == null) {
      page = new PageBuffer();
    }
    page.clear();
    MetricsType type = requestedType(exchange);
    Set<String> names = sampleNames(exchange.getRequestURI().getRawQuery());
    metrics.writeTo(ExpositionFormat.of(type).writer(page, names));
    describe(exchange, type);
    send(exchange, page);
    spare.set(new SoftReference<>(page));
  }

  private static MetricsType requestedType(HttpExchange exchange) {
    return MetricsType.of(exchange.getRequestHeaders().get("Accept"));
  }

  /** Sets the headers that GET and HEAD have in common. */
  private static void describe(HttpExchange exchange, MetricsType type) {
    exchange.getResponseHeaders().set("Content-Type", type.contentType());
    exchange.getResponseHeaders().set("Vary", "Accept, Accept-Encoding");
  }

  private static void send(HttpExchange exchange, PageBuffer page) throws IOException {
    if (page.length() == 0) {
      Responses.sendHeaders(exchange, 200);
    } else if (Coding.of(exchange.getRequestHeaders().get("Accept-Encoding")) == Coding.GZIP) {
      exchange.getResponseHeaders().set("Content-Encoding", "gzip");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = new GZIPOutputStream(exchange.getResponseBody())) {
        page.writeTo(out);
      }
    } else {
      exchange.sendResponseHeaders(200, page.length());
      try (OutputStream out = exchange.getResponseBody()) {
        page.writeTo(out);
      }
    }
  }

  /** The sample names of {@code name[]=...&name[]=...}. */
  private static Set<String> sampleNames(String query) {
    Set<String> names = new HashSet<>();
    for (String pair : query == null ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals >= 0 && decoded(pair.substring(0, equals)).equals("name[]")) {
        names.add(decoded(pair.substring(equals + 1)));
      }
    }
    return names;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, UTF_8);
  }

  private static void fail(HttpExchange exchange) {
    try {
      Responses.sendFailure(exchange);
    } catch (IOException e) {
      exchange.close();
    }
  }

  /** Refuses new scrapes and gives running ones a moment to finish. */
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
