package io.github.pidflow.exposition;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Reports whether the counters are reliable yet, and if not, why. */
final class ReadyHandler implements HttpHandler {
  private final BooleanSupplier ready;
  private final Supplier<String> notReadyReason;

  ReadyHandler(BooleanSupplier ready, Supplier<String> notReadyReason) {
    this.ready = ready;
    this.notReadyReason = notReadyReason;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    if (ready.getAsBoolean()) {
      Responses.sendText(exchange, 200, "ready");
    } else {
      Responses.sendText(exchange, 503, "not ready: " + notReadyReason.get());
    }
  }
}
