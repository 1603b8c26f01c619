package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Sends short responses. A HEAD request gets the headers only. */
final class Responses {
  private static final long NO_BODY = -1;
  private static final int NOT_SENT = -1;
  private static final int COPY_BYTES = 1 << 16;

  private Responses() {}

  static boolean isHead(HttpExchange exchange) {
    return exchange.getRequestMethod().equals("HEAD");
  }

  static void sendText(HttpExchange exchange, int status, String line) throws IOException {
    send(exchange, status, "text/plain; charset=utf-8", line + "\n");
  }

  static void send(HttpExchange exchange, int status, String contentType, String body)
      throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    send(exchange, status, contentType, bytes.length, out -> out.write(bytes));
  }

  static void send(HttpExchange exchange, int status, String contentType, AnswerBuffer body)
      throws IOException {
    send(exchange, status, contentType, body.length(), body::writeTo);
  }

  /** Writes the body of a response. */
  @FunctionalInterface
  private interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  private static void send(
      HttpExchange exchange, int status, String contentType, long length, Body body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", contentType);
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    if (isHead(exchange)) {
      exchange.getResponseHeaders().set("Content-Length", Long.toString(length));
      sendHeaders(exchange, status);
      return;
    }
    exchange.sendResponseHeaders(status, length);
    // Not exchange.close(), which reads the rest of the request before it sends the response.
    try (OutputStream out = exchange.getResponseBody()) {
      body.writeTo(out);
    }
  }

  /** Sends the given number of bytes. */
  static void sendFile(HttpExchange exchange, String contentType, InputStream in, long bytes)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", contentType);
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    if (isHead(exchange)) {
      exchange.getResponseHeaders().set("Content-Length", Long.toString(bytes));
      sendHeaders(exchange, 200);
      return;
    }
    exchange.sendResponseHeaders(200, bytes == 0 ? NO_BODY : bytes);
    try (OutputStream out = exchange.getResponseBody()) {
      byte[] buffer = new byte[COPY_BYTES];
      for (long left = bytes; left > 0; ) {
        int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (read < 0) {
          throw new IOException("the file was truncated");
        }
        out.write(buffer, 0, read);
        left -= read;
      }
    }
  }

  static void sendHeaders(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, NO_BODY);
    exchange.close();
  }

  /** Sends status 500, or closes the connection if a response has begun. */
  static void sendFailure(HttpExchange exchange) throws IOException {
    if (exchange.getResponseCode() == NOT_SENT) {
      sendText(exchange, 500, "internal error, see the log");
    } else {
      exchange.close();
    }
  }
}
