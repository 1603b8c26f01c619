package io.github.pidflow.exposition;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.github.pidflow.runtime.ReloadStatus;
import java.io.IOException;
import java.util.function.Supplier;

/** Reloads the settings, if that is enabled, and returns the outcome. */
final class ReloadHandler implements HttpHandler {
  private final boolean enabled;
  private final Supplier<ReloadStatus> reload;

  ReloadHandler(boolean enabled, Supplier<ReloadStatus> reload) {
    this.enabled = enabled;
    this.reload = reload;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    if (!enabled) {
      Responses.sendText(
          exchange,
          403,
          "reload over HTTP is disabled: set pidflow.web.enable-reload, or send SIGHUP");
      return;
    }
    ReloadStatus status = reload.get();
    Responses.sendText(exchange, status.successful() ? 200 : 500, status.message());
  }
}
