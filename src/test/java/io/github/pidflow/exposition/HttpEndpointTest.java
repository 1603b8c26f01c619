package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.runtime.DaemonCounter;
import java.io.ByteArrayInputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpEndpointTest {
  private LocalEndpoint endpoint;

  @BeforeEach
  void start() throws Exception {
    endpoint =
        new LocalEndpoint(new TrafficFamilies(Snapshots::small, Snapshots::capture, () -> 0.125));
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  @Test
  void shouldAnswerInTheRequestedFormat() throws Exception {
    HttpResponse<String> text = endpoint.get("/metrics");
    HttpResponse<String> openMetrics =
        endpoint.get(
            "/metrics",
            "Accept",
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");

    assertEquals("text/plain; version=0.0.4; charset=utf-8", contentType(text));
    assertEquals(
        "application/openmetrics-text; version=1.0.0; charset=utf-8", contentType(openMetrics));
    assertTrue(openMetrics.body().endsWith("# EOF\n"));
  }

  @Test
  void shouldWeighTheRequestedFormats() throws Exception {
    HttpResponse<String> lines =
        endpoint.get(
            "/metrics",
            "Accept",
            "Text/Plain;Version=0.0.4;Q=0.4",
            "Accept",
            "Text/Plain;Version=1.0.0;Escaping=Allow-UTF-8;Q=0.6");
    HttpResponse<String> refused =
        endpoint.get("/metrics", "Accept", "application/openmetrics-text;q=0, text/plain;q=0.1");

    assertEquals(
        "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8", contentType(lines));
    assertEquals("text/plain; version=0.0.4; charset=utf-8", contentType(refused));
    assertFalse(refused.body().endsWith("# EOF\n"));
    assertEquals(Map.of("vary", List.of("Accept, Accept-Encoding")), headers(refused, "Vary"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip;q=0.5", "*", "br;q=1.0, GZip;q=0.1, identity;q=0"})
  void shouldCompressForAWeightedRequest(String accepted) throws Exception {
    HttpResponse<byte[]> response =
        endpoint.send(endpoint.request("/metrics").header("Accept-Encoding", accepted).build());

    assertEquals(
        Map.of("content-encoding", List.of("gzip")), headers(response, "Content-Encoding"));
  }

  @Test
  void shouldCompressOnlyOnRequest() throws Exception {
    HttpResponse<byte[]> plain =
        endpoint.send(
            endpoint.request("/metrics").header("Accept-Encoding", "gzip;q=0, br").build());
    HttpResponse<byte[]> gzip =
        endpoint.send(endpoint.request("/metrics").header("Accept-Encoding", "br, gzip").build());

    assertEquals(Map.of(), headers(plain, "Content-Encoding"));
    assertEquals("gzip", gzip.headers().firstValue("Content-Encoding").orElseThrow());
    assertArrayEquals(
        plain.body(), new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes());
  }

  @Test
  void shouldShowOnlyTheRequestedNames() throws Exception {
    String body =
        endpoint.get("/metrics?name%5B%5D=pidflow_parked_bytes&name[]=pidflow_bytes_total").body();

    assertEquals(1_500, new Page(body).value("pidflow_parked_bytes"));
    assertEquals(6, new Page(body).count("pidflow_bytes_total"));
    assertEquals(2, body.lines().filter(line -> line.startsWith("# TYPE")).count());
  }

  @Test
  void shouldAnswerAnUnknownNameWithAnEmptyPage() throws Exception {
    assertEquals("", endpoint.get("/metrics?name[]=nobody").body());
  }

  @Test
  void shouldRefuseAQueryThatIsTooLong() throws Exception {
    HttpResponse<String> response = endpoint.get("/metrics?" + "name[]=a&".repeat(1_000));

    assertEquals(414, response.statusCode());
  }

  @Test
  void shouldCountScrapes() throws Exception {
    endpoint.get("/metrics");
    HttpResponse<String> second = endpoint.get("/metrics");

    assertEquals(200, second.statusCode());
    assertTrue(endpoint.counters.value(DaemonCounter.SCRAPES) >= 1);
    assertTrue(endpoint.counters.value(DaemonCounter.SCRAPE_NANOS) > 0);
    assertEquals(0, endpoint.counters.value(DaemonCounter.SCRAPE_FAILURES));
  }

  @Test
  void shouldLinkToThePages() throws Exception {
    HttpResponse<String> response = endpoint.get("/");

    assertEquals(200, response.statusCode());
    assertEquals("text/html; charset=utf-8", contentType(response));
    for (String path :
        List.of(
            "/metrics", "/-/healthy", "/-/ready", "/api/v1/processes", "/api/v1/openapi.yaml")) {
      assertTrue(response.body().contains("href=\"" + path + "\""), response.body());
      assertEquals(200, endpoint.get(path).statusCode());
    }
    assertTrue(response.body().contains("1.2.3"), response.body());
  }

  /** The page shows process names, which processes choose themselves. */
  @Test
  void shouldAllowOnlyThePagesOwnScript() throws Exception {
    for (String path : List.of("/", "/page.js", "/page.css", "/icon.svg")) {
      HttpResponse<String> response = endpoint.get(path);
      String policy = response.headers().firstValue("Content-Security-Policy").orElseThrow();

      assertEquals(200, response.statusCode());
      assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
      assertFalse(policy.contains("unsafe"), policy);
      assertEquals(
          "nosniff", response.headers().firstValue("X-Content-Type-Options").orElseThrow());
    }
    String script = endpoint.get("/page.js").body();
    for (String wayIn : List.of("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write")) {
      assertFalse(script.contains(wayIn), wayIn);
    }
    String page = endpoint.get("/").body();
    assertFalse(page.matches("(?s).*(<script>|<style|\\son\\w+=|\\sstyle=|https?:).*"), page);
  }

  @Test
  void shouldReportWhyItIsNotReady() throws Exception {
    endpoint.ready = false;
    endpoint.notReadyReason = "the first ownership scan is not done";
    HttpResponse<String> notReady = endpoint.get("/-/ready");
    endpoint.ready = true;
    HttpResponse<String> ready = endpoint.get("/-/ready");

    assertEquals(503, notReady.statusCode());
    assertEquals("not ready: the first ownership scan is not done\n", notReady.body());
    assertEquals(200, ready.statusCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/metricsfoo",
        "/metrics/",
        "/metrics/foo",
        "/-/healthyx",
        "/-/ready/",
        "/-/",
        "/favicon.ico"
      })
  void shouldAnswerNotFoundForAnyOtherPath(String path) throws Exception {
    assertEquals(404, endpoint.get(path).statusCode());
  }

  /** 404 up to JDK 17.0.15; later versions parse it as a host name and answer 400 themselves. */
  @Test
  void shouldRejectAPathWithADoubleSlash() throws Exception {
    int status = endpoint.get("//metrics").statusCode();

    assertTrue(status == 404 || status == 400, () -> "status " + status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"})
  void shouldAllowOnlyGetAndHead(String method) throws Exception {
    for (String path : List.of("/", "/metrics", "/-/healthy", "/-/ready")) {
      HttpResponse<byte[]> response =
          endpoint.send(
              endpoint.request(path).method(method, BodyPublishers.ofString("x=1")).build());

      assertEquals(405, response.statusCode());
      assertEquals(Map.of("allow", List.of("GET, HEAD")), headers(response, "Allow"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/metrics", "/-/healthy", "/-/ready", "/nothing"})
  void shouldAnswerHeadWithTheHeadersOfGetAndNoBody(String path) throws Exception {
    HttpResponse<String> get = endpoint.get(path);
    HttpResponse<byte[]> head =
        endpoint.send(
            endpoint
                .request(path)
                .method("HEAD", BodyPublishers.noBody())
                .header("Accept-Encoding", "gzip")
                .build());

    assertEquals(get.statusCode(), head.statusCode());
    assertEquals(headers(get, "Content-Type"), headers(head, "Content-Type"));
    assertEquals(0, head.body().length);
  }

  @Test
  void shouldReuseTheConnectionAfterHead() throws Exception {
    try (Socket socket =
        endpoint.connectAndSend(
            raw("HEAD /metrics") + raw("HEAD /") + raw("GET /-/healthy", "Connection: close"))) {
      String answers = new String(socket.getInputStream().readAllBytes(), UTF_8);

      assertEquals(4, answers.split("HTTP/1\\.1 200 OK", -1).length, answers);
      assertTrue(answers.endsWith("\r\n\r\nhealthy\n"), answers);
    }
  }

  @Test
  void shouldRefuseAnAnnouncedBodyWithoutWaitingForIt() throws Exception {
    try (Socket socket = endpoint.connectAndSend(raw("GET /metrics", "Content-Length: 9"))) {
      String status = new String(socket.getInputStream().readNBytes(12), UTF_8);

      assertEquals("HTTP/1.1 400", status);
    }
  }

  @Test
  void shouldReportAFailureWhenThePageCannotBeBuilt() throws Exception {
    MetricFamilies failing =
        writer -> {
          // An exception would remove only the failing collector, so this is an error.
          throw new StackOverflowError("broken on purpose");
        };
    try (LocalEndpoint broken = new LocalEndpoint(Part.of("failing", failing))) {
      assertEquals(500, broken.get("/metrics").statusCode());
      assertEquals(200, broken.get("/-/healthy").statusCode());
      assertEquals(1, broken.counters.value(DaemonCounter.ERRORS));
      assertEquals(1, broken.counters.value(DaemonCounter.SCRAPE_FAILURES));
    }
  }

  @Test
  void shouldStopListeningWhenClosed() throws Exception {
    assertEquals(200, endpoint.get("/-/healthy").statusCode());
    endpoint.close();
    endpoint.close();

    assertThrows(ConnectException.class, () -> endpoint.get("/-/healthy"));
  }

  private static String raw(String methodAndPath, String... headers) {
    return methodAndPath
        + " HTTP/1.1\r\nHost: a\r\n"
        + Stream.of(headers).map(header -> header + "\r\n").collect(Collectors.joining())
        + "\r\n";
  }

  private static String contentType(HttpResponse<?> response) {
    return response.headers().firstValue("Content-Type").orElseThrow();
  }

  /** One header, lower-case name, as a map for comparison; empty if absent. */
  private static Map<String, List<String>> headers(HttpResponse<?> response, String name) {
    List<String> values = response.headers().allValues(name);
    return values.isEmpty() ? Map.of() : Map.of(name.toLowerCase(Locale.ROOT), values);
  }
}
