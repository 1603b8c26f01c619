package io.github.pidflow.exposition;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import io.github.pidflow.config.RecordingSettings;
import io.github.pidflow.config.WebSettings;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.github.pidflow.runtime.ReloadStatus;
import io.github.pidflow.webconfig.WebAccess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The daemon's HTTP server: the page, {@code /metrics}, {@code /api/v1}, {@code /-/healthy} and
 * {@code /-/ready}, and {@code POST /-/reload} where it is enabled.
 *
 * <p>The JDK's server has one executor for everything, and reads the request on it before anyone
 * knows the path. So that executor has a thread for each connection the server takes, and short
 * answers are given there; the long ones, scrapes, are handed to the few threads of {@link
 * ScrapeHandler}. A client that never ends its request or never reads its response costs one thread
 * until the times of {@link ServerLimits} are over.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final int BACKLOG = 128;
  private static final long THREAD_IDLE_SECONDS = 30;

  private final WebSettings settings;
  private final InetSocketAddress configured;
  private final ScrapeHandler scrapes;
  private final HistorySampler history;
  private final Router router;
  private final ThreadPoolExecutor threads;
  private volatile WebAccess access;
  private HttpServer server;

  /**
   * @param metrics what {@code /metrics} shows
   * @param view what the API and the page show
   * @param ready whether {@code /-/ready} says so
   * @param notReadyReason what is missing, asked only while it is not ready
   * @param reload reads the settings again
   * @param recordings what the API's recordings are made with
   */
  public HttpEndpoint(
      WebSettings settings,
      BuildInfo build,
      PageParts metrics,
      DaemonView view,
      BooleanSupplier ready,
      Supplier<String> notReadyReason,
      Supplier<ReloadStatus> reload,
      RecordingSettings recordingSettings,
      Recordings recordings,
      DaemonCounters counters,
      DistinctErrors errors) {
    this.settings = settings;
    configured = new InetSocketAddress(settings.host(), settings.port());
    scrapes = new ScrapeHandler(metrics, counters, errors);
    history = new HistorySampler(view.traffic(), errors, System::nanoTime);
    HttpHandler healthy = exchange -> Responses.sendText(exchange, 200, "healthy");
    Map<String, HttpHandler> routes = new HashMap<>(LivePage.routes(build));
    routes.put("/metrics", scrapes);
    routes.put("/-/healthy", healthy);
    routes.put("/-/ready", new ReadyHandler(ready, notReadyReason));
    router =
        new Router(
            routes,
            Map.of("/-/reload", new ReloadHandler(settings.enableReload(), reload)),
            new ApiHandler(
                new ProcessesResource(history),
                new StatusResource(build, view, ready, notReadyReason),
                new RecordingsResource(recordingSettings, recordings),
                new RecordingsAccess(recordingSettings.enabled(), this::isIdentified),
                errors),
            errors);
    threads =
        new ThreadPoolExecutor(
            0,
            ServerLimits.MAX_CONNECTIONS,
            THREAD_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new DaemonThreads("http"));
  }

  /**
   * Listens and answers from now on.
   *
   * @throws java.net.BindException if it cannot listen on the configured address; the message names
   *     the setting and the mend
   * @throws io.github.pidflow.runtime.InvalidSettingsException if there is a web configuration and
   *     it is wrong
   */
  public synchronized void start() throws IOException {
    ListenFailure.requireResolved(settings, configured);
    ServerLimits.apply();
    Optional<Path> file = settings.configFile();
    access = file.isPresent() ? WebAccess.open(file.get()) : null;
    try {
      server =
          access == null
              ? HttpServer.create(configured, BACKLOG)
              : access.createServer(configured, BACKLOG);
    } catch (SocketException e) {
      throw ListenFailure.of(settings, configured, e);
    }
    server.setExecutor(threads);
    server.createContext("/", access == null ? router : new AccessHandler(access, router));
    // The server's own thread is a daemon if the one that starts it is.
    CompletableFuture.runAsync(server::start, threads).join();
    history.start();
  }

  /** Whether who asks has shown a password, or a certificate that was verified. */
  private boolean isIdentified(HttpExchange exchange) {
    return access != null
        && access.isIdentified(
            exchange instanceof HttpsExchange secure ? secure.getSSLSession() : null);
  }

  /** Where it listens: with the port that was picked, if 0 was configured. */
  public synchronized InetSocketAddress address() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server.getAddress();
  }

  /** What a URL of it starts with: {@code http} or {@code https}. */
  public synchronized String scheme() {
    return server instanceof HttpsServer ? "https" : "http";
  }

  @Override
  public synchronized void close() {
    history.close();
    scrapes.close();
    if (server != null) {
      server.stop(0);
    }
    threads.shutdownNow();
  }
}
