package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.exposition.MetricsPage.Part;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SlowClientsTest {
  private static final String SCRAPE = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

  @Test
  void shouldStayHealthyWhileResponsesAreNotRead() throws Exception {
    TrafficSnapshot large = Snapshots.large(20_000);
    List<Socket> readers = new ArrayList<>();
    try (LocalEndpoint endpoint =
        new LocalEndpoint(new TrafficFamilies(() -> large, List::of, () -> 1))) {
      for (int i = 0; i < ScrapeHandler.MAX_CONCURRENT - 1; i++) {
        Socket reader = endpoint.connectAndSend(SCRAPE);
        readers.add(reader);
        assertEquals('H', reader.getInputStream().read());
      }

      HttpResponse<String> oneTooMany = endpoint.get("/metrics");
      assertEquals(503, oneTooMany.statusCode());
      assertEquals("1", oneTooMany.headers().firstValue("Retry-After").orElseThrow());
      assertEquals(200, endpoint.get("/-/healthy").statusCode());
      assertEquals(200, endpoint.get("/-/ready").statusCode());
    } finally {
      for (Socket reader : readers) {
        reader.close();
      }
    }
  }

  @Test
  void shouldStayHealthyWhileScrapesAreSlow() throws Exception {
    CountDownLatch collecting = new CountDownLatch(ScrapeHandler.MAX_CONCURRENT - 1);
    CountDownLatch goOn = new CountDownLatch(1);
    MetricFamilies slow =
        writer -> {
          collecting.countDown();
          try {
            assertTrue(goOn.await(60, TimeUnit.SECONDS));
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    ExecutorService clients = Executors.newCachedThreadPool();
    try (LocalEndpoint endpoint = new LocalEndpoint(Part.of("slow", slow))) {
      List<Future<HttpResponse<String>>> scrapes = new ArrayList<>();
      for (int i = 0; i < ScrapeHandler.MAX_CONCURRENT - 1; i++) {
        scrapes.add(clients.submit(() -> endpoint.get("/metrics")));
      }
      assertTrue(collecting.await(60, TimeUnit.SECONDS));

      assertEquals(503, endpoint.get("/metrics").statusCode());
      assertEquals(200, endpoint.get("/-/healthy").statusCode());
      goOn.countDown();
      for (Future<HttpResponse<String>> scrape : scrapes) {
        assertEquals(200, scrape.get().statusCode());
      }
    } finally {
      goOn.countDown();
      clients.shutdownNow();
    }
  }

  @Test
  void shouldStayHealthyWhileRequestsNeverEnd() throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (LocalEndpoint endpoint =
        new LocalEndpoint(new TrafficFamilies(Snapshots::small, Snapshots::capture, () -> 0.125))) {
      for (int i = 0; i < 40; i++) {
        clients.add(endpoint.connectAndSend(""));
        clients.add(endpoint.connectAndSend("GET /metr"));
      }

      assertEquals(200, endpoint.get("/-/healthy").statusCode());
      assertEquals(200, endpoint.get("/metrics").statusCode());
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }
}
