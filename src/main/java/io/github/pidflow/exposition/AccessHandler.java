package io.github.pidflow.exposition;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.webconfig.WebAccess;
import java.io.IOException;

/** Stands before every path, and lets in whom the web configuration does. */
final class AccessHandler implements HttpHandler {
  private final WebAccess access;
  private final HttpHandler inside;

  AccessHandler(WebAccess access, HttpHandler inside) {
    this.access = access;
    this.inside = inside;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    Headers answer = exchange.getResponseHeaders();
    access.headers().forEach(answer::set);
    switch (access.verdict(exchange.getRequestHeaders().getFirst("Authorization"))) {
      case ADMITTED -> inside.handle(exchange);
      case UNKNOWN_USER -> {
        answer.set("WWW-Authenticate", "Basic realm=\"pidflow\", charset=\"UTF-8\"");
        Responses.sendText(exchange, 401, "user and password are needed here");
      }
      case TOO_MANY_REQUESTS -> Responses.sendText(exchange, 429, "too many requests");
    }
  }
}
