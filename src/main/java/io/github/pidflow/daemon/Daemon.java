package io.github.pidflow.daemon;

import io.github.pidflow.accounting.TrafficMeter;
import io.github.pidflow.capture.InterfaceSelection;
import io.github.pidflow.cli.Listening;
import io.github.pidflow.cli.RecordSession;
import io.github.pidflow.cli.SettingsOption;
import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.Settings.Namespaces;
import io.github.pidflow.exposition.DaemonCollector;
import io.github.pidflow.exposition.DaemonView;
import io.github.pidflow.exposition.HttpEndpoint;
import io.github.pidflow.exposition.JvmCollector;
import io.github.pidflow.exposition.PageParts;
import io.github.pidflow.exposition.RecordingsCollector;
import io.github.pidflow.exposition.ReloadCollector;
import io.github.pidflow.exposition.TrafficFamilies;
import io.github.pidflow.host.HostNetworkAgent;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.metering.MeteringAgent;
import io.github.pidflow.metering.NamespaceCaptures;
import io.github.pidflow.metering.Sampling;
import io.github.pidflow.metering.SnapshotDesk;
import io.github.pidflow.metering.WarmUp;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.AgentRunner;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.runtime.ReloadStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of the running daemon, wired together, started and stopped in order. */
public final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
  private static final Duration SCRAPE_PATIENCE = Duration.ofSeconds(5);

  private final BuildInfo build = BuildInfo.read();
  private final DaemonCounters counters = new DaemonCounters();
  private final DistinctErrors errors = new DistinctErrors(counters);
  private final CompletableFuture<Throwable> death = new CompletableFuture<>();
  private final SnapshotDesk scrapes = new SnapshotDesk(SCRAPE_PATIENCE, this::wakeMetering);
  private final SnapshotDesk looks = new SnapshotDesk(SCRAPE_PATIENCE, this::wakeMetering);
  private final Settings settings;
  private final SdNotify systemd;
  private final Reloader reloader;
  private final OwnershipAgent ownership;
  private final AgentRunner ownershipRunner;
  private final OwnCgroup cgroup =
      new OwnCgroup(new CgroupTree(Path.of("/proc/self")), ProcessHandle.current().pid());
  private Sampling sampling;
  private NamespaceCaptures captures;
  private HostNetworkAgent host;
  private AgentRunner hostRunner;
  private Recordings recordings;
  private MeteringAgent metering;
  private AgentRunner meteringRunner;
  private HttpEndpoint http;
  private Watchdog watchdog;

  /**
   * @param source where the settings are read from again
   */
  public Daemon(LoadedSettings started, Reloader.Source source, SdNotify systemd) {
    settings = started.settings();
    reloader = new Reloader(started, source, this::use);
    this.systemd = systemd;
    ownership = new OwnershipAgent(settings.ownership(), counters, this::namespaces);
    ownershipRunner = runner(ownership);
  }

  /** Starts every part; if one fails, those before it are stopped again. */
  public void start() throws Exception {
    try {
      Optional<Double> cores =
          cgroup.enter(settings.limits(), Optional.ofNullable(System.getenv("INVOCATION_ID")));
      sampling = new Sampling(settings.sampling().within(cores));
      captures = new NamespaceCaptures(settings.capture(), counters);
      host =
          new HostNetworkAgent(
              settings.namespaces() == Namespaces.ALL,
              settings.ownership().procRoot(),
              captures,
              this::wakeAll,
              counters);
      hostRunner = runner(host);
      recordings = recordings(captures);
      metering =
          new MeteringAgent(
              captures,
              host,
              ownership,
              settings.accounting(),
              new TrafficMeter(settings.accounting(), counters),
              scrapes,
              looks,
              sampling,
              recordings,
              counters);
      meteringRunner = runner(metering);
      http = endpoint();
      http.start();
      hostRunner.start();
      requireInterface(
          settings.capture(), host.namespaces().get(Namespace.OWN).network().interfaces());
      ownershipRunner.start();
      meteringRunner.start();
      watchdog = new Watchdog(this::meteringTurns, systemd::beat);
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

  /** Reads the settings again, for whoever asks first if several do. */
  synchronized ReloadStatus reload() {
    systemd.reloading();
    ReloadStatus status = reloader.reload();
    systemd.ready(
        serves()
            + (status.successful() ? "" : "; the settings have mistakes and were not reloaded"));
    return status;
  }

  private void use(Settings latest) {
    SettingsOption.use(latest.log());
    metering.use(latest.accounting());
    ownership.use(latest.ownership());
    wakeAll();
  }

  private void wakeMetering() {
    meteringRunner.wake();
  }

  /** Has those who wait without end take over what is new. */
  private void wakeAll() {
    ownershipRunner.wake();
    if (meteringRunner != null) {
      meteringRunner.wake();
    }
  }

  private List<Namespace> namespaces() {
    return host.namespaces();
  }

  /** A turn that is not waited for has been done by the next look. */
  private long meteringTurns() {
    long turns = meteringRunner.turns();
    meteringRunner.wake();
    return turns;
  }

  /** Waits until a part has died, and says of what. */
  Throwable awaitDeath() {
    return death.join();
  }

  private AgentRunner runner(Agent agent) {
    return new AgentRunner(agent, errors, death::complete);
  }

  private Recordings recordings(NamespaceCaptures captures) {
    return new Recordings(
        "pidflow " + build,
        settings.recordings().keepFreeBytes(),
        settings.recordings().maxRunning(),
        true,
        RecordSession.lives(settings.ownership().procRoot()),
        () -> metering.kernelDrops(),
        captures.group()::wake,
        counters);
  }

  private HttpEndpoint endpoint() {
    PageParts page =
        new PageParts(
            List.of(
                PageParts.Part.of(
                    "traffic",
                    new TrafficFamilies(scrapes::request, metering::statistics, sampling::ratio)),
                PageParts.Part.of("daemon", new DaemonCollector(build, counters, this::components)),
                PageParts.Part.of("recordings", new RecordingsCollector(recordings::running)),
                PageParts.Part.of("config", new ReloadCollector(reloader::status)),
                PageParts.Part.of("jvm", new JvmCollector())),
            counters,
            errors);
    return new HttpEndpoint(
        settings.web(),
        build,
        page,
        new DaemonView(looks::request, metering::statistics, this::components, sampling::ratio),
        this::isReady,
        this::notReadyReason,
        this::reload,
        settings.recordings(),
        recordings,
        counters,
        errors);
  }

  /** What must run, and what is only better to have. */
  private Map<String, Boolean> components() {
    Map<String, Boolean> components = agents();
    if (settings.namespaces() == Namespaces.ALL) {
      components.put(Feature.NAMESPACES.label(), host.refusal() == null);
    }
    ownership.features().forEach((feature, isUp) -> components.put(feature.label(), isUp));
    return components;
  }

  private Map<String, Boolean> agents() {
    Map<String, Boolean> components = new LinkedHashMap<>();
    for (AgentRunner runner : List.of(hostRunner, ownershipRunner, meteringRunner)) {
      components.put(runner.roleName(), runner.isRunning());
    }
    return components;
  }

  private boolean isReady() {
    return ownership.hasScanned() && !agents().containsValue(false);
  }

  private String notReadyReason() {
    if (!ownership.hasScanned()) {
      return "the first scan of sockets and processes is not done";
    }
    List<String> down =
        agents().entrySet().stream()
            .filter(component -> !component.getValue())
            .map(Map.Entry::getKey)
            .toList();
    return "not running: " + String.join(", ", down);
  }

  /** A selection that selects nothing is a mistake, unless it waits for what a glob may bring. */
  private static void requireInterface(CaptureSettings settings, List<NetworkInterface> interfaces)
      throws IOException {
    InterfaceSelection selection = new InterfaceSelection(settings.include(), settings.exclude());
    if (interfaces.stream().noneMatch(selection::selects)) {
      throw new IOException(
          "pidflow.capture.include-interfaces "
              + settings.include()
              + " and exclude-interfaces "
              + settings.exclude()
              + " select none of this host's interfaces: "
              + String.join(", ", interfaces.stream().map(NetworkInterface::name).toList()));
    }
    for (String wanted : settings.include()) {
      InterfaceSelection one = new InterfaceSelection(List.of(wanted), List.of());
      if (interfaces.stream().noneMatch(one::selects)) {
        LOG.warn("no interface {} yet: it is captured on once it is there", wanted);
      }
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return http.address();
  }

  /** The host as it was configured, with the port that was found if any was to be. */
  private String serves() {
    String address = Listening.text(settings.web().host(), http.address().getPort());
    return "serves " + http.scheme() + "://" + address + "/metrics";
  }

  /**
   * Stops the parts. The metering thread settles what is parked while ownership still answers; the
   * source is closed, and its ring unmapped, strictly after that thread has ended.
   */
  @Override
  public void close() {
    systemd.stopping();
    if (watchdog != null) {
      watchdog.close();
    }
    if (recordings != null) {
      recordings.close();
    }
    if (meteringRunner != null) {
      meteringRunner.close();
    }
    ownershipRunner.close();
    if (hostRunner != null) {
      hostRunner.close();
    }
    if (http != null) {
      http.close();
    }
    if (captures != null) {
      captures.close();
    }
    cgroup.close();
  }
}
