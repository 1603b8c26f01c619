package io.github.pidflow.exposition;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.BuildInfo;
import java.util.Map;

/**
 * The live page at {@code /}. Its files are in the jar and load nothing from elsewhere, so it works
 * without access to other networks.
 */
final class LivePage {
  /** Allows only these files and the API, so that no process name can inject anything. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private LivePage() {}

  /** The handlers of the page by path. */
  static Map<String, HttpHandler> routes(BuildInfo build) {
    return Map.of(
        "/",
        file("text/html; charset=utf-8", html(build)),
        "/page.css",
        file("text/css; charset=utf-8", WebFile.text("page.css")),
        "/page.js",
        file("text/javascript; charset=utf-8", WebFile.text("page.js")),
        "/icon.svg",
        file("image/svg+xml", WebFile.text("icon.svg")));
  }

  private static String html(BuildInfo build) {
    return WebFile.text("index.html").replace("VERSION", build.version());
  }

  private static HttpHandler file(String contentType, String text) {
    return exchange -> {
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Security-Policy", POLICY);
      headers.set("Referrer-Policy", "no-referrer");
      // After an upgrade a browser must not show the old page with the new API.
      headers.set("Cache-Control", "no-cache");
      Responses.send(exchange, 200, contentType, text);
    };
  }
}
