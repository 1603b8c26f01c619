package io.github.pidflow.exposition;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.webconfig.WebAccess;
import java.io.IOException;

/** Authenticates and rate-limits requests to every path, and adds the configured headers. */
final class AccessHandler implements HttpHandler {
  private final WebAccess access;
  private final HttpHandler next;

  AccessHandler(WebAccess access, HttpHandler next) {
    this.access = access;
    this.next = next;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    Headers answer = exchange.getResponseHeaders();
    access.headers().forEach(answer::set);
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    switch (access.verdict(authorization, exchange.getRemoteAddress().getAddress())) {
      case ADMITTED -> next.handle(exchange);
      case UNAUTHENTICATED -> {
        answer.set("WWW-Authenticate", "Basic realm=\"pidflow\", charset=\"UTF-8\"");
        Responses.sendText(exchange, 401, "authentication required");
      }
      case TOO_MANY_REQUESTS -> {
        answer.set("Retry-After", "2");
        // Its connection is one of few, and others wait for one.
        answer.set("Connection", "close");
        Responses.sendText(exchange, 429, "too many requests");
      }
    }
  }
}
