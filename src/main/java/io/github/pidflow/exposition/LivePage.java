package io.github.pidflow.exposition;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.BuildInfo;
import java.util.Map;

/**
 * What a person sees who opens the address in a browser: who moves how much, live. Its files are in
 * the jar and ask nobody but this server, so it works where there is no other network.
 */
final class LivePage {
  /**
   * Nothing but these files, and the API below the same address, whatever a process calls itself.
   */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private LivePage() {}

  /** A handler for each path of the page. */
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
