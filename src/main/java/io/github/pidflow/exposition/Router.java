package io.github.pidflow.exposition;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.DistinctErrors;
import java.io.IOException;
import java.util.Map;

/**
 * Dispatches by exact path; the server's own contexts match by prefix and would also match {@code
 * /metricsfoo}. Pages accept GET and HEAD, actions POST. Other methods and request bodies are
 * refused here.
 */
final class Router implements HttpHandler {
  private final Map<String, HttpHandler> pages;
  private final Map<String, HttpHandler> actions;
  private final HttpHandler api;
  private final DistinctErrors errors;

  /**
   * @param api handles every path below {@link ApiHandler#ROOT}, including its errors
   */
  Router(
      Map<String, HttpHandler> pages,
      Map<String, HttpHandler> actions,
      HttpHandler api,
      DistinctErrors errors) {
    this.pages = Map.copyOf(pages);
    this.actions = Map.copyOf(actions);
    this.api = api;
    this.errors = errors;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (path.startsWith(ApiHandler.ROOT)) {
      handle(api, exchange);
      return;
    }
    HttpHandler action = actions.get(path);
    HttpHandler handler = action == null ? pages.get(path) : action;
    if (handler == null) {
      Responses.sendText(exchange, 404, "not found");
    } else if (action != null && !exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Allow", "POST");
      Responses.sendText(exchange, 405, "method not allowed, use POST");
    } else if (action != null && isFromPage(exchange.getRequestHeaders())) {
      Responses.sendText(exchange, 403, "requests of web pages are not allowed");
    } else if (action == null && !isRead(exchange.getRequestMethod())) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      Responses.sendText(exchange, 405, "method not allowed, use GET or HEAD");
    } else if (hasBody(exchange.getRequestHeaders())) {
      // The server reads the body before it responds, so a body that is announced but never sent
      // would block a scrape thread.
      Responses.sendText(exchange, 400, "a request body is not allowed");
    } else {
      handle(handler, exchange);
    }
  }

  private void handle(HttpHandler handler, HttpExchange exchange) throws IOException {
    try {
      handler.handle(exchange);
    } catch (RuntimeException e) {
      errors.record("http", e);
      Responses.sendFailure(exchange);
    }
  }

  /**
   * Whether a browser sends it for a web page, which may be any site's. A page can send a POST
   * without reading the response, and without being asked for permission first.
   */
  private static boolean isFromPage(Headers headers) {
    String site = headers.getFirst("Sec-Fetch-Site");
    return headers.containsKey("Origin") || (site != null && !site.equals("none"));
  }

  static boolean isRead(String method) {
    return method.equals("GET") || method.equals("HEAD");
  }

  static boolean hasBody(Headers headers) {
    String length = headers.getFirst("Content-Length");
    return headers.containsKey("Transfer-Encoding") || (length != null && !length.equals("0"));
  }
}
