package io.github.pidflow.daemon;

import io.github.pidflow.cli.LogLevel;
import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.exposition.DaemonFamilies;
import io.github.pidflow.exposition.DaemonView;
import io.github.pidflow.exposition.HttpEndpoint;
import io.github.pidflow.exposition.MetricsPage;
import io.github.pidflow.exposition.RecordingsFamilies;
import io.github.pidflow.exposition.ReloadFamilies;
import io.github.pidflow.exposition.SimpleclientFamilies;
import io.github.pidflow.exposition.TrafficFamilies;
import io.github.pidflow.metering.Engine;
import io.github.pidflow.metering.WarmUp;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.github.pidflow.runtime.ReloadStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service: an {@link Engine} and a web server, supervised by systemd if it started them. */
final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
  private static final Duration SCRAPE_TIMEOUT = Duration.ofSeconds(5);

  private final BuildInfo build = BuildInfo.read();
  private final DaemonCounters counters = new DaemonCounters();
  private final DistinctErrors errors = new DistinctErrors(counters);
  private final Settings settings;
  private final SdNotify systemd;
  private final OwnCgroup cgroup;
  private final Reloader reloader;
  private final Engine engine;
  private final HttpEndpoint http;
  private final Watchdog watchdog;

  private Daemon(
      LoadedSettings started,
      Reloader.Source source,
      SdNotify systemd,
      OwnCgroup cgroup,
      Optional<Double> cores)
      throws IOException {
    settings = started.settings();
    this.systemd = systemd;
    this.cgroup = cgroup;
    reloader = new Reloader(started, source, this::apply);
    engine =
        new Engine(
            new Engine.Context(
                settings,
                settings.capture(),
                settings.sampling().within(cores),
                settings.recordings().maxRunning(),
                true,
                SCRAPE_TIMEOUT,
                counters,
                errors));
    http = endpoint();
    watchdog = new Watchdog(engine::meteringTurns, systemd::feedWatchdog);
  }

  /**
   * Starts the service.
   *
   * @param source reads the settings again at a reload
   * @throws Exception if a part fails; those before it are stopped again
   */
  static Daemon start(LoadedSettings settings, Reloader.Source source, SdNotify systemd)
      throws Exception {
    OwnCgroup cgroup =
        new OwnCgroup(new CgroupTree(Path.of("/proc/self")), ProcessHandle.current().pid());
    try {
      // First, so that all memory allocated from here on is within the limits.
      Optional<Double> cores =
          cgroup.enter(
              settings.settings().limits(), Optional.ofNullable(System.getenv("INVOCATION_ID")));
      Daemon daemon = new Daemon(settings, source, systemd, cgroup, cores);
      daemon.start();
      return daemon;
    } catch (Exception | Error e) {
      cgroup.close();
      throw e;
    }
  }

  private void start() throws Exception {
    try {
      // First, so that a port in use is reported before anything is captured.
      http.start();
      engine.start();
      systemd.watchdog().ifPresent(watchdog::start);
    } catch (Exception | Error e) {
      close();
      throw e;
    }
    LOG.info("pidflow {} {}", build, serves());
    systemd.ready(serves());
    Thread warmUp = new Thread(new WarmUp(settings.accounting()), "warm-up");
    warmUp.setDaemon(true);
    warmUp.start();
  }

  /** Reloads the settings. Concurrent requests run one at a time. */
  synchronized ReloadStatus reload() {
    systemd.reloading();
    ReloadStatus status = reloader.reload();
    systemd.ready(serves() + (status.successful() ? "" : "; invalid settings were not reloaded"));
    return status;
  }

  private void apply(Settings latest) {
    LogLevel.apply(latest.log());
    engine.apply(latest);
  }

  /** Waits until a thread of the engine dies, and returns the cause. */
  Throwable awaitDeath() {
    return engine.awaitDeath();
  }

  private HttpEndpoint endpoint() {
    MetricsPage page =
        new MetricsPage(
            List.of(
                MetricsPage.Part.of(
                    "traffic",
                    new TrafficFamilies(
                        engine.metering()::scrape,
                        () -> List.of(engine.statistics()),
                        engine::samplingRatio)),
                MetricsPage.Part.of(
                    "daemon", new DaemonFamilies(build, counters, engine::components)),
                MetricsPage.Part.of(
                    "recordings", new RecordingsFamilies(engine.recordings()::running)),
                MetricsPage.Part.of("config", new ReloadFamilies(reloader::status)),
                MetricsPage.Part.of("jvm", SimpleclientFamilies.ofJvm())),
            counters,
            errors);
    return new HttpEndpoint(
        new HttpEndpoint.Context(
            settings.web(),
            build,
            page,
            new DaemonView(
                engine.metering()::snapshot,
                () -> List.of(engine.statistics()),
                engine::components,
                engine::samplingRatio,
                this::isReady,
                this::notReadyReason,
                this::reload),
            settings.recordings(),
            engine.recordings(),
            counters,
            errors));
  }

  private boolean isReady() {
    return engine.hasScanned()
        && !engine.agents().containsValue(false)
        && engine.blindness().isEmpty();
  }

  private String notReadyReason() {
    if (!engine.hasScanned()) {
      return "the first scan of sockets and processes is not complete";
    }
    List<String> down =
        engine.agents().entrySet().stream()
            .filter(component -> !component.getValue())
            .map(Map.Entry::getKey)
            .toList();
    return down.isEmpty() ? engine.blindness() : "not running: " + String.join(", ", down);
  }

  /** The address the web server listens on. */
  InetSocketAddress address() {
    return http.address();
  }

  /** The URL of the metrics: the configured host, and the actual port if any free one was asked. */
  private String serves() {
    String address = settings.web().addressWithPort(http.address().getPort());
    return "serves " + http.scheme() + "://" + address + "/metrics";
  }

  /** Stops every part. Nothing is unmapped until the web server has sent its last response. */
  @Override
  public void close() {
    systemd.stopping();
    watchdog.close();
    engine.stop();
    http.close();
    engine.close();
    cgroup.close();
  }
}
