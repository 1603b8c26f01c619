package io.github.pidflow.exposition;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonIOException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.DistinctErrors;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * The JSON API. Its envelope is that of the Prometheus HTTP API: {@code status} and {@code data},
 * or {@code status}, {@code errorType} and {@code error}. It is described in {@code openapi.yaml},
 * and a test compares the two.
 *
 * <p>As for scrapes there is no queue: when too many requests are in progress, or their responses
 * occupy too much memory, further ones are refused.
 */
final class ApiHandler implements HttpHandler {
  static final String ROOT = "/api/";
  static final int MAX_CONCURRENT = 16;

  /** What the responses in progress may occupy. */
  static final int MAX_BYTES = 1 << 22;

  /** How many are built at a time, which does not depend on how fast clients read. */
  private static final int MAX_BUILDING = 2;

  private static final String PROCESSES = "/api/v1/processes";
  private static final String STATUS = "/api/v1/status";
  private static final String RECORDINGS = "/api/v1/recordings";
  private static final String FILE = "/file";
  private static final String READ = "GET and HEAD";
  private static final String DESCRIPTION = "/api/v1/openapi.yaml";
  private static final Gson JSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .create();

  /** The envelope has the camel case of Prometheus. */
  private static final Gson ENVELOPE = new GsonBuilder().disableHtmlEscaping().create();

  private final ProcessesResource processes;
  private final StatusResource status;
  private final RecordingsResource recordings;
  private final RecordingsAccess recordingsAccess;
  private final DistinctErrors errors;
  private final String description;
  private final Semaphore slots = new Semaphore(MAX_CONCURRENT);
  private final Semaphore building = new Semaphore(MAX_BUILDING);
  private final AnswerBuffer.Budget budget = new AnswerBuffer.Budget(MAX_BYTES);

  private record Success(String status, Object data) {}

  private record Failure(String status, String errorType, String error) {}

  ApiHandler(
      ProcessesResource processes,
      StatusResource status,
      RecordingsResource recordings,
      RecordingsAccess recordingsAccess,
      DistinctErrors errors) {
    this.processes = processes;
    this.status = status;
    this.recordings = recordings;
    this.recordingsAccess = recordingsAccess;
    this.errors = errors;
    description = WebFile.text("openapi.yaml");
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try {
      if (!isRecordingsPath(exchange.getRequestURI().getPath())) {
        requireRead(exchange);
      }
      requireNoBody(exchange);
      if (!slots.tryAcquire()) {
        throw ApiRefusal.unavailable(MAX_CONCURRENT + " requests are in progress already");
      }
      try {
        answer(exchange);
      } finally {
        slots.release();
      }
    } catch (ApiRefusal e) {
      refuse(exchange, e);
    }
  }

  private static void requireNoBody(HttpExchange exchange) throws ApiRefusal {
    if (Router.hasBody(exchange.getRequestHeaders())) {
      throw ApiRefusal.badData("a request body is not allowed");
    }
  }

  private static void requireRead(HttpExchange exchange) throws ApiRefusal {
    if (!Router.isRead(exchange.getRequestMethod())) {
      throw ApiRefusal.methodNotAllowed(READ);
    }
  }

  private static boolean isRecordingsPath(String path) {
    return path.equals(RECORDINGS) || path.startsWith(RECORDINGS + '/');
  }

  private void answer(HttpExchange exchange) throws IOException, ApiRefusal {
    String path = exchange.getRequestURI().getPath();
    if (isRecordingsPath(path)) {
      recordingsAccess.require(exchange);
      answerRecordings(exchange, path.substring(RECORDINGS.length()));
      return;
    }
    if (path.equals(DESCRIPTION)) {
      query(exchange, Set.of());
      Responses.send(exchange, 200, "application/yaml; charset=utf-8", description);
      return;
    }
    send(exchange, 200, () -> data(exchange, path));
  }

  /** What a response shows. */
  @FunctionalInterface
  private interface Data {
    Object get() throws ApiRefusal, IOException;
  }

  private void send(HttpExchange exchange, int status, Data data) throws IOException, ApiRefusal {
    try (AnswerBuffer answer = new AnswerBuffer(budget)) {
      building.acquireUninterruptibly();
      try {
        JSON.toJson(new Success("success", data.get()), answer);
      } catch (JsonIOException e) {
        if (e.getCause() instanceof AnswerBuffer.NoRoom) {
          throw ApiRefusal.unavailable(e.getCause().getMessage());
        }
        throw e;
      } finally {
        building.release();
      }
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      Responses.send(exchange, status, "application/json", answer);
    }
  }

  /**
   * @param place the rest of the path after {@code /api/v1/recordings}
   */
  private void answerRecordings(HttpExchange exchange, String place)
      throws IOException, ApiRefusal {
    String method = exchange.getRequestMethod();
    if (place.isEmpty() && method.equals("POST")) {
      RecordingsResource.Recorded begun = recordings.begin(beginQuery(exchange));
      exchange.getResponseHeaders().set("Location", RECORDINGS + '/' + begun.id());
      send(exchange, 201, () -> begun);
      return;
    }
    if (place.isEmpty()) {
      require(Router.isRead(method), "GET, HEAD and POST");
      query(exchange, Set.of());
      send(exchange, 200, recordings::all);
      return;
    }
    if (place.endsWith(FILE)) {
      requireRead(exchange);
      String id = place.substring(1, Math.max(1, place.length() - FILE.length()));
      recordings.send(exchange, id, query(exchange, RecordingsResource.FILE_PARAMETERS));
      return;
    }
    boolean ends = method.equals("DELETE");
    require(ends || Router.isRead(method), "GET, HEAD and DELETE");
    query(exchange, Set.of());
    String id = place.substring(1);
    send(exchange, 200, () -> ends ? recordings.end(id) : recordings.one(id));
  }

  private static void require(boolean allowed, String methods) throws ApiRefusal {
    if (!allowed) {
      throw ApiRefusal.methodNotAllowed(methods);
    }
  }

  private static ApiQuery beginQuery(HttpExchange exchange) throws ApiRefusal {
    return new ApiQuery(
        exchange.getRequestURI().getRawQuery(),
        RecordingsResource.BEGIN_PARAMETERS,
        RecordingsResource.REPEATABLE);
  }

  private Object data(HttpExchange exchange, String path) throws ApiRefusal {
    try {
      if (path.equals(PROCESSES)) {
        return processes.list(query(exchange, ProcessesResource.LIST_PARAMETERS));
      }
      if (path.startsWith(PROCESSES + '/')) {
        return processes.ofPid(
            path.substring(PROCESSES.length() + 1),
            query(exchange, ProcessesResource.ONE_PARAMETERS));
      }
      if (path.equals(STATUS)) {
        query(exchange, Set.of());
        return status.read();
      }
    } catch (IllegalStateException e) {
      // The metering thread did not answer in time: it is overloaded, or the daemon is stopping.
      if (!Thread.currentThread().isInterrupted()) {
        errors.record("api", e);
      }
      throw ApiRefusal.unavailable("the counters are temporarily unavailable");
    } catch (RuntimeException e) {
      errors.record("api", e);
      throw ApiRefusal.internal();
    }
    throw ApiRefusal.notFound("no such path, see " + DESCRIPTION);
  }

  private static ApiQuery query(HttpExchange exchange, Set<String> known) throws ApiRefusal {
    return new ApiQuery(exchange.getRequestURI().getRawQuery(), known);
  }

  private static void refuse(HttpExchange exchange, ApiRefusal refusal) throws IOException {
    if (refusal.status() == 405) {
      exchange.getResponseHeaders().set("Allow", refusal.allowed().replace(" and", ","));
    }
    if (refusal.status() == 503) {
      exchange.getResponseHeaders().set("Retry-After", "1");
    }
    String json = ENVELOPE.toJson(new Failure("error", refusal.errorType(), refusal.getMessage()));
    Responses.send(exchange, refusal.status(), "application/json", json);
  }
}
