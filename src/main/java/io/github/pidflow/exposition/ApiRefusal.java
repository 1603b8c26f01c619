package io.github.pidflow.exposition;

import java.io.Serial;

/** Why a request to the API gets no data, in the words of Prometheus' own API. */
final class ApiRefusal extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final int status;
  private final String errorType;

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

  static ApiRefusal methodNotAllowed() {
    return new ApiRefusal(405, "bad_data", "only GET and HEAD are answered here");
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

  String errorType() {
    return errorType;
  }
}
