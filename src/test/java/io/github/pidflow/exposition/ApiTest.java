package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.runtime.DaemonCounter;
import java.io.StringReader;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API's answers, and its errors for invalid requests. */
@Timeout(60)
class ApiTest {
  private LocalEndpoint endpoint;

  @BeforeEach
  void start() throws Exception {
    endpoint = new LocalEndpoint();
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  @Test
  void shouldListTheBusiestProcessFirst() throws Exception {
    JsonArray processes = data("/api/v1/processes").getAsJsonArray("processes");

    assertEquals(List.of(4321, 0, 99), pids(processes));
    JsonObject nginx = processes.get(0).getAsJsonObject();
    assertEquals("nginx", nginx.get("comm").getAsString());
    assertEquals("www-data", nginx.get("user").getAsString());
    assertEquals(30_000_000, nginx.get("tx_bytes").getAsLong());
    assertEquals(1_790_000_000.07, nginx.get("start_time_seconds").getAsDouble());
  }

  @ParameterizedTest
  @CsvSource({"rx, 4321 99 0", "tx, 4321 0 99", "total, 4321 0 99"})
  void shouldSortAsRequested(String sort, String pids) throws Exception {
    JsonArray processes = data("/api/v1/processes?sort=" + sort).getAsJsonArray("processes");

    assertEquals(List.of(pids.split(" ")), pids(processes).stream().map(String::valueOf).toList());
  }

  @Test
  void shouldReportRatesOverTheStatedWindow() throws Exception {
    JsonObject data = data("/api/v1/processes?window=1m&steps=10");

    double seconds = data.get("measured_seconds").getAsDouble();
    double rate =
        data.getAsJsonArray("processes")
            .get(0)
            .getAsJsonObject()
            .get("tx_bytes_per_second")
            .getAsDouble();
    assertEquals(60, data.get("window_seconds").getAsInt());
    assertTrue(seconds > 0, () -> "" + seconds);
    // Both have three digits; the first window is a good deal shorter than the second.
    assertEquals(30_000_000, rate * seconds, 30_000_000 * 0.0006 / seconds);
    assertEquals(30, data.get("step_seconds").getAsDouble());
  }

  @Test
  void shouldLimitTheListAndReportTheTotal() throws Exception {
    JsonObject data = data("/api/v1/processes?limit=1");

    assertEquals(1, data.getAsJsonArray("processes").size());
    assertEquals(3, data.get("matching_processes").getAsInt());
  }

  @ParameterizedTest
  @CsvSource({
    "comm=nginx, 4321",
    "comm=ngin, ''",
    "match=GIN, 4321",
    "match=432, 4321",
    "match=www-data, 4321",
    "match=0f0f, 4321",
    "match=nobody, ''",
    "match=&comm=other, 0"
  })
  void shouldFindByName(String query, String pids) throws Exception {
    JsonArray processes = data("/api/v1/processes?" + query).getAsJsonArray("processes");

    assertEquals(pids, String.join(" ", pids(processes).stream().map(String::valueOf).toList()));
  }

  @Test
  void shouldEscapeAHostileNameAsTheMetricsPageDoes() throws Exception {
    String shown = LabelValue.of(Snapshots.HOSTILE);
    String query = URLEncoder.encode(shown, StandardCharsets.UTF_8);

    JsonArray found = data("/api/v1/processes?comm=" + query).getAsJsonArray("processes");

    assertEquals(List.of(99), pids(found));
    assertEquals(shown, found.get(0).getAsJsonObject().get("comm").getAsString());
    String raw = endpoint.get("/api/v1/processes?match=99").body();
    assertTrue(raw.chars().noneMatch(c -> c < ' ' || c == 0x7f), raw);
  }

  @Test
  void shouldReturnASingleProcess() throws Exception {
    JsonArray processes = data("/api/v1/processes/4321").getAsJsonArray("processes");

    assertEquals(List.of(4321), pids(processes));
  }

  @Test
  void shouldReportItsStatus() throws Exception {
    endpoint.ready = false;
    endpoint.notReadyReason = "no scan yet";
    endpoint.components = Map.of("metering", true, "socket-creations", false);

    JsonObject status = data("/api/v1/status");

    assertEquals("1.2.3", status.get("version").getAsString());
    assertFalse(status.get("ready").getAsBoolean());
    assertEquals("no scan yet", status.get("not_ready_reason").getAsString());
    JsonObject down = status.getAsJsonArray("components").get(1).getAsJsonObject();
    assertEquals("socket-creations", down.get("name").getAsString());
    assertFalse(down.get("up").getAsBoolean());
    assertTrue(down.get("lost").getAsString().contains("milliseconds"));
    long attributed = status.get("attributed_bytes").getAsLong();
    assertEquals(30_001_047, attributed);
    assertEquals(
        attributed / (attributed + 560.0), status.get("attribution_ratio").getAsDouble(), 1e-12);
    assertEquals(1_500, status.get("parked_bytes").getAsLong());
    JsonObject any = status.getAsJsonArray("capture").get(0).getAsJsonObject();
    assertEquals("any", any.get("interface").getAsString());
    assertEquals(40_002, any.get("packets").getAsLong());
    assertEquals(4, any.get("dropped_packets").getAsLong());
  }

  @Test
  void shouldOmitRatiosWithoutTraffic() throws Exception {
    endpoint.traffic = () -> new TrafficSnapshot(List.of(), List.of(), List.of(), 0, 0, 0, 0);

    assertFalse(data("/api/v1/status").has("attribution_ratio"));
  }

  @ParameterizedTest
  @CsvSource({
    "/api/v1/processes?window=16s,                       400, window",
    "/api/v1/processes?window=,                          400, window",
    "/api/v1/processes?window,                           400, window",
    "/api/v1/processes?sort=name,                        400, sort",
    "/api/v1/processes?limit=0,                          400, limit",
    "/api/v1/processes?limit=1001,                       400, limit",
    "/api/v1/processes?limit=ten,                        400, limit",
    "/api/v1/processes?steps=-1,                         400, steps",
    "/api/v1/processes?limit=1000&steps=300,             400, 20000",
    "/api/v1/processes?lmit=3,                           400, lmit",
    "/api/v1/processes?limit=3&limit=4,                  400, limit",
    "/api/v1/processes?%22%0a%1b=1,                      400, unknown parameter",
    "/api/v1/status?limit=3,                             400, limit",
    "/api/v1/openapi.yaml?v=2,                           400, v",
    "/api/v1/processes/4321?sort=rx,                     400, sort",
    "/api/v1/processes/nginx,                            400, nginx",
    "/api/v1/processes/,                                 400, pid",
    "/api/v1/processes/99999999999,                      400, 99999999999",
    "/api/v1/processes/17,                               404, 17",
    "/api/v1/processes/17/fd,                            400, 17/fd",
    "/api/v1/statuses,                                   404, /api/v1/openapi.yaml",
    "/api/v2/status,                                     404, /api/v1/openapi.yaml",
    "/api/,                                              404, /api/v1/openapi.yaml"
  })
  void shouldExplainInvalidRequests(String path, int status, String named) throws Exception {
    HttpResponse<String> response = endpoint.get(path);

    JsonObject refusal = refusal(response, status, status == 404 ? "not_found" : "bad_data");
    String error = refusal.get("error").getAsString();
    assertTrue(error.contains(named), error);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/processes", "/api/v1/status", "/api/v1/openapi.yaml", "/api/x"})
  void shouldBeReadOnly(String path) throws Exception {
    for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
      HttpResponse<String> response =
          endpoint.sendForText(
              endpoint.request(path).method(method, BodyPublishers.ofString("{}")).build());

      refusal(response, 405, "bad_data");
      assertEquals("GET, HEAD", response.headers().firstValue("Allow").orElseThrow());
    }
  }

  @Test
  void shouldReportUnreadableCounters() throws Exception {
    endpoint.traffic =
        () -> {
          throw new IllegalStateException("the metering thread does not answer");
        };

    for (String path : List.of("/api/v1/processes", "/api/v1/status")) {
      refusal(endpoint.get(path), 503, "unavailable");
    }
    assertTrue(endpoint.counters.value(DaemonCounter.ERRORS) >= 2);
  }

  @Test
  void shouldNotExposeTheDetailsOfAFailure() throws Exception {
    endpoint.traffic =
        () -> {
          throw new ArithmeticException("broken on purpose");
        };

    HttpResponse<String> response = endpoint.get("/api/v1/status");

    refusal(response, 500, "internal");
    assertFalse(response.body().contains("purpose"), response.body());
    assertEquals(1, endpoint.counters.value(DaemonCounter.ERRORS));
  }

  @Test
  void shouldAnswerHeadWithoutABody() throws Exception {
    HttpResponse<String> response =
        endpoint.sendForText(
            endpoint.request("/api/v1/status").method("HEAD", BodyPublishers.noBody()).build());

    assertEquals(200, response.statusCode());
    assertEquals("application/json", response.headers().firstValue("Content-Type").orElseThrow());
    assertEquals("", response.body());
  }

  private static JsonObject refusal(HttpResponse<String> response, int status, String errorType) {
    assertEquals(status, response.statusCode(), response.body());
    assertEquals("application/json", response.headers().firstValue("Content-Type").orElseThrow());
    JsonObject answer = parsed(response.body());
    assertEquals("error", answer.get("status").getAsString());
    assertEquals(errorType, answer.get("errorType").getAsString());
    return answer;
  }

  private JsonObject data(String path) throws Exception {
    HttpResponse<String> response = endpoint.get(path);
    assertEquals(200, response.statusCode(), response.body());
    JsonObject answer = parsed(response.body());
    assertEquals("success", answer.get("status").getAsString());
    return answer.getAsJsonObject("data");
  }

  private static JsonObject parsed(String body) {
    JsonReader reader = new JsonReader(new StringReader(body));
    reader.setStrictness(Strictness.STRICT);
    return JsonParser.parseReader(reader).getAsJsonObject();
  }

  private static List<Integer> pids(JsonArray processes) {
    return StreamSupport.stream(processes.spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .map(process -> process.get("pid").getAsInt())
        .toList();
  }
}
