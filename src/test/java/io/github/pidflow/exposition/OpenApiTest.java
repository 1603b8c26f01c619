package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The server behaves as the OpenAPI description it serves says. */
@Timeout(60)
class OpenApiTest {
  private static final Map<String, Set<String>> PARAMETERS =
      Map.of(
          "/api/v1/processes",
          ProcessesResource.LIST_PARAMETERS,
          "/api/v1/processes/{pid}",
          ProcessesResource.ONE_PARAMETERS,
          "/api/v1/status",
          Set.of(),
          "/api/v1/recordings",
          Set.of(),
          "/api/v1/recordings/{id}",
          Set.of(),
          "/api/v1/recordings/{id}/file",
          RecordingsResource.FILE_PARAMETERS,
          "/api/v1/openapi.yaml",
          Set.of());

  private static final String RECORDINGS = "/api/v1/recordings";
  private static final String SELF = "pid=" + ProcessHandle.current().pid();

  private final JsonMapper json = new JsonMapper();
  private LocalEndpoint endpoint;
  private JsonNode description;
  private String recording;

  @BeforeEach
  void start() throws Exception {
    endpoint = new LocalEndpoint();
    HttpResponse<String> response = endpoint.get("/api/v1/openapi.yaml");
    assertEquals(
        "application/yaml; charset=utf-8",
        response.headers().firstValue("Content-Type").orElseThrow());
    description = new YAMLMapper().readTree(response.body());
    HttpResponse<String> begun = post(SELF);
    assertEquals(201, begun.statusCode(), begun.body());
    recording = json.readTree(begun.body()).at("/data/id").asString();
  }

  @AfterEach
  void stop() {
    endpoint.close();
  }

  @Test
  void shouldDescribeEveryPathWithItsParameters() {
    Map<String, Set<String>> described = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> path : description.at("/paths").properties()) {
      Set<String> names = new TreeSet<>();
      for (JsonNode parameter : parameters(path.getKey())) {
        if (parameter.at("/in").asString().equals("query")) {
          names.add(parameter.at("/name").asString());
        }
      }
      described.put(path.getKey(), names);
    }

    assertEquals(PARAMETERS, described);
  }

  /** Tests each word of an enumeration, both ends of a range, the default, and values outside. */
  @Test
  void shouldAcceptExactlyTheDescribedValues() throws Exception {
    int taken = 0;
    int refused = 0;
    for (String path : PARAMETERS.keySet()) {
      for (JsonNode parameter : parameters(path)) {
        for (String value : right(parameter.at("/schema"))) {
          assertValid(request(path, parameter, value), 200, path);
          taken++;
        }
        for (String value : wrong(parameter.at("/schema"))) {
          assertValid(request(path, parameter, value), 400, path);
          refused++;
        }
      }
    }
    assertTrue(taken >= 15 && refused >= 10, taken + " taken, " + refused + " refused");
  }

  @Test
  void shouldReturnTheDescribedAnswersAndErrors() throws Exception {
    for (String path : PARAMETERS.keySet()) {
      assertValid(filled(path), 200, path);
      assertValid(filled(path) + "?bogus=1", 400, path);
    }
    assertValid("/api/v1/processes/17", 404, "/api/v1/processes/{pid}");
    endpoint.ready = false;
    endpoint.notReadyReason = "not scanned";
    endpoint.components = Map.of("namespaces", false);
    assertValid("/api/v1/status", 200, "/api/v1/status");
    endpoint.traffic =
        () -> {
          throw new IllegalStateException("overrun");
        };
    assertValid("/api/v1/status", 503, "/api/v1/status");
  }

  @Test
  void shouldStartAndStopRecordingsAsDescribed() throws Exception {
    Set<String> described = new TreeSet<>();
    for (JsonNode each : description.at("/paths").get(RECORDINGS).at("/post/parameters")) {
      described.add(each.at("/name").asString());
    }
    assertEquals(new TreeSet<>(RecordingsResource.BEGIN_PARAMETERS), described);

    assertValid(post(SELF), "post", 201, RECORDINGS);
    assertValid(post(SELF), "post", 429, RECORDINGS);
    assertValid(post("bogus=1"), "post", 400, RECORDINGS);
    HttpResponse<String> ended =
        endpoint.sendForText(endpoint.request(RECORDINGS + '/' + recording).DELETE().build());
    assertValid(ended, "delete", 200, RECORDINGS + "/{id}");
    assertEquals("done", json.readTree(ended.body()).at("/data/state").asString());
    HttpResponse<String> missing =
        endpoint.sendForText(endpoint.request(RECORDINGS + "/none").DELETE().build());
    assertValid(missing, "delete", 404, RECORDINGS + "/{id}");
  }

  private HttpResponse<String> post(String query) throws Exception {
    return endpoint.sendForText(
        endpoint
            .request(RECORDINGS + '?' + query)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build());
  }

  /** A schema that accepted everything would prove nothing. */
  @Test
  void shouldDetectAMissingOrUndescribedField() throws Exception {
    ObjectNode status = (ObjectNode) json.readTree(endpoint.get("/api/v1/status").body());
    Schema schema = schema("/api/v1/status", "get", 200);
    assertEquals(List.of(), schema.validate(status));

    ((ObjectNode) status.get("data")).put("mood", "good");
    assertFalse(schema.validate(status).isEmpty());
    ((ObjectNode) status.get("data")).remove("mood");
    ((ObjectNode) status.get("data")).remove("version");
    assertFalse(schema.validate(status).isEmpty());
  }

  private void assertValid(String request, int status, String path) throws Exception {
    HttpResponse<String> response = endpoint.get(request);

    if (status == 200 && (path.endsWith(".yaml") || path.endsWith("/file"))) {
      assertEquals(status, response.statusCode(), () -> request + " " + response.body());
      return;
    }
    assertValid(response, "get", status, path);
  }

  private void assertValid(HttpResponse<String> response, String method, int status, String path) {
    String what = response.uri() + " " + response.body();
    assertEquals(status, response.statusCode(), what);
    assertEquals(
        List.of(), schema(path, method, status).validate(json.readTree(response.body())), what);
  }

  private Schema schema(String path, String method, int status) {
    JsonNode answer =
        resolved(
            description.at("/paths").get(path).at("/" + method + "/responses").get("" + status));
    ObjectNode root = json.createObjectNode();
    root.setAll((ObjectNode) answer.at("/content/application~1json/schema"));
    root.set("components", description.get("components"));
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(root);
  }

  private List<JsonNode> parameters(String path) {
    List<JsonNode> parameters = new ArrayList<>();
    for (JsonNode each : description.at("/paths").get(path).at("/get/parameters")) {
      parameters.add(resolved(each));
    }
    return parameters;
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? description.at(node.get("$ref").asString().substring(1)) : node;
  }

  private String request(String path, JsonNode parameter, String value) {
    return parameter.at("/in").asString().equals("path")
        ? filled(path.replace("{pid}", value))
        : filled(path) + '?' + parameter.at("/name").asString() + '=' + value;
  }

  private String filled(String path) {
    return path.replace("{pid}", "4321").replace("{id}", recording);
  }

  private static List<String> right(JsonNode schema) {
    List<String> right = new ArrayList<>();
    schema.at("/enum").forEach(word -> right.add(word.asString()));
    for (String number : List.of("minimum", "maximum", "default")) {
      if (schema.has(number)) {
        right.add(schema.get(number).asString());
      }
    }
    if (schema.at("/type").asString().equals("string") && right.isEmpty()) {
      right.add("nginx");
    }
    return right;
  }

  private static List<String> wrong(JsonNode schema) {
    List<String> wrong = new ArrayList<>();
    if (schema.has("enum")) {
      wrong.addAll(List.of("", "other"));
    }
    if (schema.has("minimum")) {
      wrong.add("" + (schema.get("minimum").asLong() - 1));
      wrong.add("some");
    }
    if (schema.has("maximum")) {
      wrong.add("" + (schema.get("maximum").asLong() + 1));
    }
    return wrong;
  }
}
