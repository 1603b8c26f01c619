package io.github.pidflow.exposition;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.DistinctErrors;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * The API for programs, in JSON and in the manner of Prometheus' own: {@code status} and {@code
 * data}, or {@code status}, {@code errorType} and {@code error}. {@code openapi.yaml} says what it
 * answers; a test holds the two together.
 *
 * <p>As for scrapes, nobody queues behind clients that do not read their answers.
 */
final class ApiHandler implements HttpHandler {
  static final String ROOT = "/api/";
  static final int MAX_CONCURRENT = 16;

  private static final String PROCESSES = "/api/v1/processes";
  private static final String STATUS = "/api/v1/status";
  private static final String DESCRIPTION = "/api/v1/openapi.yaml";
  private static final Gson JSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .create();

  /** The envelope is Prometheus' and so is its camel case. */
  private static final Gson ENVELOPE = new GsonBuilder().disableHtmlEscaping().create();

  private final ProcessesResource processes;
  private final StatusResource status;
  private final DistinctErrors errors;
  private final String description;
  private final Semaphore places = new Semaphore(MAX_CONCURRENT);

  private record Success(String status, Object data) {}

  private record Failure(String status, String errorType, String error) {}

  ApiHandler(ProcessesResource processes, StatusResource status, DistinctErrors errors) {
    this.processes = processes;
    this.status = status;
    this.errors = errors;
    description = WebFile.text("openapi.yaml");
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try {
      requireRead(exchange);
      if (!places.tryAcquire()) {
        throw ApiRefusal.unavailable(MAX_CONCURRENT + " requests are being answered already");
      }
      try {
        answer(exchange);
      } finally {
        places.release();
      }
    } catch (ApiRefusal e) {
      refuse(exchange, e);
    }
  }

  private static void requireRead(HttpExchange exchange) throws ApiRefusal {
    if (!Router.isRead(exchange.getRequestMethod())) {
      throw ApiRefusal.methodNotAllowed();
    }
    if (Router.hasBody(exchange.getRequestHeaders())) {
      throw ApiRefusal.badData("a request needs no body here");
    }
  }

  private void answer(HttpExchange exchange) throws IOException, ApiRefusal {
    String path = exchange.getRequestURI().getPath();
    if (path.equals(DESCRIPTION)) {
      query(exchange, Set.of());
      Responses.send(exchange, 200, "application/yaml; charset=utf-8", description);
      return;
    }
    String json = JSON.toJson(new Success("success", data(exchange, path)));
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    Responses.send(exchange, 200, "application/json", json);
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
      // The metering thread does not answer: it is overrun, or the daemon is about to end.
      if (!Thread.currentThread().isInterrupted()) {
        errors.record("api", e);
      }
      throw ApiRefusal.unavailable("the counters cannot be read now");
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
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
    }
    if (refusal.status() == 503) {
      exchange.getResponseHeaders().set("Retry-After", "1");
    }
    String json = ENVELOPE.toJson(new Failure("error", refusal.errorType(), refusal.getMessage()));
    Responses.send(exchange, refusal.status(), "application/json", json);
  }
}
