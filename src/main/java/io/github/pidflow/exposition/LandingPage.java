package io.github.pidflow.exposition;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.BuildInfo;
import java.io.IOException;

/** What a person sees who opens the address in a browser. */
final class LandingPage implements HttpHandler {
  private static final String TEMPLATE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>pidflow</title>
      <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
      </style>
      </head>
      <body>
      <h1>pidflow</h1>
      <p>Counts the network bytes of every process on this host, for Prometheus.</p>
      <ul>
      <li><a href="/metrics">/metrics</a>: the counters</li>
      <li><a href="/-/healthy">/-/healthy</a>: the daemon answers</li>
      <li><a href="/-/ready">/-/ready</a>: it captures, and knows who owns the sockets</li>
      </ul>
      <p>Version VERSION</p>
      </body>
      </html>
      """;

  private final String html;

  LandingPage(BuildInfo build) {
    html = TEMPLATE.replace("VERSION", build.version());
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    Responses.send(exchange, 200, "text/html; charset=utf-8", html);
  }
}
