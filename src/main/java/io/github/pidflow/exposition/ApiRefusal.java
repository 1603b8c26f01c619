package io.github.pidflow.exposition;

import java.io.Serial;

/** An error response of the API, with the error types of the Prometheus HTTP API. */
final class ApiRefusal extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final int status;
  private final String errorType;
  private String allowed = "";

  private ApiRefusal(int status, String errorType, String message) {
    super(message, null, false, false);
    this.status = status;
    this.errorType = errorType;
  }

  static ApiRefusal badData(String message) {
    return new ApiRefusal(400, "bad_data", message);
  }

  static ApiRefusal notFound(String message) {
    return new ApiRefusal(404, "not_found", message);
  }

  static ApiRefusal methodNotAllowed(String allowed) {
    ApiRefusal refusal =
        new ApiRefusal(
            405, "bad_data", "method not allowed, use " + allowed.replace(" and ", " or "));
    refusal.allowed = allowed;
    return refusal;
  }

  static ApiRefusal forbidden(String message) {
    return new ApiRefusal(403, "forbidden", message);
  }

  static ApiRefusal tooMany(String message) {
    return new ApiRefusal(429, "unavailable", message);
  }

  static ApiRefusal noRoom(String message) {
    return new ApiRefusal(507, "unavailable", message);
  }

  static ApiRefusal unavailable(String message) {
    return new ApiRefusal(503, "unavailable", message);
  }

  static ApiRefusal internal() {
    return new ApiRefusal(500, "internal", "internal error, see the log");
  }

  int status() {
    return status;
  }

  /** The allowed methods, if the status is 405. */
  String allowed() {
    return allowed;
  }

  String errorType() {
    return errorType;
  }
}
