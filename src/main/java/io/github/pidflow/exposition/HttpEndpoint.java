package io.github.pidflow.exposition;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import io.github.pidflow.config.RecordingSettings;
import io.github.pidflow.config.WebSettings;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
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

/**
 * The daemon's HTTP server: the live page, {@code /metrics}, {@code /api/v1}, {@code /-/healthy},
 * {@code /-/ready} and, if enabled, {@code POST /-/reload}.
 *
 * <p>The JDK's server has a single executor, on which it reads a request before its path is known.
 * That executor therefore has a thread for each connection that the server accepts, and short
 * responses are sent from it. Scrapes take longer and are handed to the few threads of {@link
 * ScrapeHandler}. A client that never completes its request or never reads the response occupies
 * one thread until a timeout of {@link ServerLimits} expires.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final int BACKLOG = 128;
  private static final long THREAD_IDLE_SECONDS = 30;

  private final Context context;
  private final InetSocketAddress configured;
  private final ScrapeHandler scrapes;
  private final HistorySampler history;
  private final ThreadPoolExecutor threads;
  private HttpServer server;

  /**
   * Everything the server serves and is configured by.
   *
   * @param metrics the content of {@code /metrics}
   * @param daemon the state shown by the API and the page
   * @param recordings makes the recordings of the API
   */
  public record Context(
      WebSettings settings,
      BuildInfo build,
      MetricsPage metrics,
      DaemonView daemon,
      RecordingSettings recordingSettings,
      Recordings recordings,
      DaemonCounters counters,
      DistinctErrors errors) {}

  public HttpEndpoint(Context context) {
    this.context = context;
    configured = new InetSocketAddress(context.settings.host(), context.settings.port());
    scrapes = new ScrapeHandler(context.metrics, context.counters, context.errors);
    history = new HistorySampler(context.daemon.traffic(), context.errors, System::nanoTime);
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
   * Binds the address and starts to serve requests.
   *
   * @throws java.net.BindException if it cannot listen on the configured address; the message names
   *     the setting and the fix
   * @throws io.github.pidflow.runtime.InvalidSettingsException if the web configuration is invalid
   */
  public synchronized void start() throws IOException {
    WebSettings settings = context.settings;
    ListenFailure.requireResolved(settings, configured);
    ServerLimits.apply();
    Optional<Path> file = settings.configFile();
    Optional<WebAccess> access =
        file.isPresent() ? Optional.of(WebAccess.open(file.get())) : Optional.empty();
    try {
      server =
          access.isPresent()
              ? access.get().createServer(configured, BACKLOG)
              : HttpServer.create(configured, BACKLOG);
    } catch (SocketException e) {
      throw ListenFailure.of(settings, configured, e);
    }
    server.setExecutor(threads);
    Router router = router(access);
    server.createContext(
        "/", access.isPresent() ? new AccessHandler(access.get(), router) : router);
    // The server's dispatcher thread is a daemon thread only if the thread that starts it is one.
    CompletableFuture.runAsync(server::start, threads).join();
    history.start();
  }

  private Router router(Optional<WebAccess> access) {
    DaemonView daemon = context.daemon;
    Map<String, HttpHandler> pages = new HashMap<>(LivePage.routes(context.build));
    pages.put("/metrics", scrapes);
    pages.put("/-/healthy", exchange -> Responses.sendText(exchange, 200, "healthy"));
    pages.put("/-/ready", new ReadyHandler(daemon.ready(), daemon.notReadyReason()));
    return new Router(
        pages,
        Map.of("/-/reload", new ReloadHandler(context.settings.enableReload(), daemon.reload())),
        new ApiHandler(
            new ProcessesResource(history),
            new StatusResource(context.build, daemon),
            new RecordingsResource(context.recordingSettings, context.recordings),
            new RecordingsAccess(context.recordingSettings.enabled(), access),
            context.errors),
        context.errors);
  }

  /** The address it listens on, with the actual port if port 0 was configured. */
  public synchronized InetSocketAddress address() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server.getAddress();
  }

  /** The scheme of its URLs: {@code http} or {@code https}. */
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
