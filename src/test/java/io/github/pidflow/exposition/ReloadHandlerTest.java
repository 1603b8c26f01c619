package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.runtime.ReloadStatus;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ReloadHandlerTest {
  private static final Instant THEN = Instant.ofEpochMilli(1_700_000_000_250L);

  private final AtomicInteger reloads = new AtomicInteger();
  private volatile ReloadStatus status = new ReloadStatus(true, THEN, "reloaded");

  @Test
  void shouldReloadOnPostAndReportTheResult() throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(this::reload)) {
      HttpResponse<byte[]> good = send(endpoint, "POST");
      status = new ReloadStatus(false, THEN, "pidflow.conf: 3: pidflow.snap: is not a setting");
      HttpResponse<byte[]> bad = send(endpoint, "POST");

      assertEquals(200, good.statusCode());
      assertEquals("reloaded\n", text(good));
      assertEquals(500, bad.statusCode());
      assertEquals("pidflow.conf: 3: pidflow.snap: is not a setting\n", text(bad));
      assertEquals(2, reloads.get());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT", "DELETE"})
  void shouldAcceptOnlyPost(String method) throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(this::reload)) {
      HttpResponse<byte[]> response = send(endpoint, method);

      assertEquals(405, response.statusCode());
      assertEquals("POST", response.headers().firstValue("Allow").orElseThrow());
      assertEquals(0, reloads.get());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Origin, https://evil.example",
    "Origin, null",
    "Sec-Fetch-Site, cross-site",
    "Sec-Fetch-Site, same-site"
  })
  void shouldRefuseTheRequestOfAPage(String name, String value) throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint(this::reload)) {
      HttpRequest request =
          endpoint.request("/-/reload").POST(BodyPublishers.noBody()).header(name, value).build();

      assertEquals(403, endpoint.send(request).statusCode());
      assertEquals(0, reloads.get());
    }
  }

  @Test
  void shouldNameTheSettingThatEnablesIt() throws Exception {
    try (LocalEndpoint endpoint = new LocalEndpoint()) {
      HttpResponse<byte[]> response = send(endpoint, "POST");

      assertEquals(403, response.statusCode());
      assertTrue(text(response).contains("pidflow.web.enable-reload"), text(response));
    }
  }

  @Test
  void shouldReportTheLastReloadAsPrometheusDoes() throws Exception {
    status = new ReloadStatus(false, THEN, "");
    try (LocalEndpoint endpoint =
        new LocalEndpoint(this::reload, Part.of("config", new ReloadFamilies(() -> status)))) {
      String page = endpoint.get("/metrics").body();

      assertTrue(page.contains("\npidflow_config_last_reload_successful 0.0\n"), page);
      assertTrue(
          page.contains("\npidflow_config_last_reload_success_timestamp_seconds 1.70000000025E9\n"),
          page);
    }
  }

  private ReloadStatus reload() {
    reloads.incrementAndGet();
    return status;
  }

  private static HttpResponse<byte[]> send(LocalEndpoint endpoint, String method) throws Exception {
    return endpoint.send(
        endpoint.request("/-/reload").method(method, BodyPublishers.noBody()).build());
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }
}
