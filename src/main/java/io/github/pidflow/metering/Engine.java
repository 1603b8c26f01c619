package io.github.pidflow.metering;

import io.github.pidflow.capture.InterfaceSelection;
import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.SamplingSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.Settings.Namespaces;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.host.HostNetworkAgent;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.ownership.OwnershipAgent;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.Agent;
import io.github.pidflow.runtime.AgentRunner;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.CommandQueue;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.runtime.Published;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything between the wire and the counters: the captures, and the three agents that read
 * packets, keep the owners of sockets, and keep the networks of the namespaces.
 *
 * <h2>Start</h2>
 *
 * The captures are open before any agent runs, so that nothing is missed. The host's networks come
 * first, since they tell which namespaces there are; then the first scan of sockets; and then
 * packets are read, many of which find their owner at once.
 *
 * <h2>Close</h2>
 *
 * Recordings end first. The metering thread then settles what is parked while ownership still
 * answers. Rings are unmapped strictly after that thread has ended.
 */
public final class Engine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  /** More requests than the web server has threads for. */
  private static final int MAX_COMMANDS = 1024;

  private final Context context;
  private final CompletableFuture<Throwable> death = new CompletableFuture<>();
  private final Published<CaptureStatistics> statistics = new Published<>(CaptureStatistics.NONE);
  private final NamespaceCaptures captures;
  private final HostNetworkAgent host;
  private final OwnershipAgent ownership;
  private final Sampling sampling;
  private final Recordings recordings;
  private final MeteringAgent metering;
  private final MeteringProxy proxy;
  private final AgentRunner hostRunner;
  private final AgentRunner ownershipRunner;
  private final AgentRunner meteringRunner;

  /**
   * What an engine is made from.
   *
   * @param capture in place of that of the settings
   * @param sampling in place of that of the settings
   * @param maxRecordings how many may run at a time
   * @param recordingsYield whether they are cut when the kernel drops packets
   * @param timeout how long a request to the metering thread waits for its answer
   */
  public record Context(
      Settings settings,
      CaptureSettings capture,
      SamplingSettings sampling,
      int maxRecordings,
      boolean recordingsYield,
      Duration timeout,
      DaemonCounters counters,
      DistinctErrors errors) {}

  /** Opens the capture of the daemon's own namespace; no thread runs yet. */
  public Engine(Context context) throws IOException {
    this.context = context;
    Settings settings = context.settings;
    DaemonCounters counters = context.counters;
    Path procRoot = settings.ownership().procRoot();
    captures = new NamespaceCaptures(context.capture, counters);
    host = new HostNetworkAgent(watchesAll(), procRoot, captures, this::wakeFollowers, counters);
    ownership = new OwnershipAgent(settings.ownership(), counters, host::namespaces);
    sampling = new Sampling(context.sampling);
    recordings =
        new Recordings(
            new Recordings.Context(
                "pidflow " + BuildInfo.read(),
                settings.recordings().keepFreeBytes(),
                context.maxRecordings,
                context.recordingsYield,
                isAlive(procRoot),
                () -> statistics.latest().drops(),
                captures.group()::wake,
                counters));
    CommandQueue commands = new CommandQueue(MAX_COMMANDS, captures.group()::wake);
    metering =
        new MeteringAgent(
            new MeteringAgent.Context(
                settings.accounting(),
                captures,
                host.namespaceReader(),
                ownership,
                sampling,
                recordings,
                statistics,
                commands,
                counters));
    hostRunner = runner(host);
    ownershipRunner = runner(ownership);
    meteringRunner = runner(metering);
    AgentRunner runner = meteringRunner;
    proxy = new MeteringProxy(commands, metering, context.timeout, () -> runner.turns() > 0);
  }

  /**
   * Whether a process is alive. By stat(2): access(2), which {@code Files.exists} calls, ignores
   * the capabilities that let a daemon see the processes of others in a /proc that hides them.
   */
  private static IntPredicate isAlive(Path procRoot) {
    return pid -> Files.isDirectory(procRoot.resolve(Integer.toString(pid)));
  }

  private AgentRunner runner(Agent agent) {
    return new AgentRunner(agent, context.errors, death::complete);
  }

  private boolean watchesAll() {
    return context.settings.namespaces() == Namespaces.ALL;
  }

  /** Wakes the agents that follow the host's networks. */
  private void wakeFollowers() {
    ownership.wake();
    metering.wake();
  }

  /**
   * Starts every agent.
   *
   * @throws IOException if one cannot start, or if no interface is selected
   */
  public void start() throws Exception {
    hostRunner.start();
    requireInterface(context.capture, host.namespaces().get(Namespace.OWN).network().interfaces());
    ownershipRunner.start();
    meteringRunner.start();
  }

  /** A selection that selects nothing is a mistake, unless a glob may match a later interface. */
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
        LOG.warn("no interface {} yet: packets are captured on it once it appears", wanted);
      }
    }
  }

  /** What other threads may ask of the metering thread. */
  public MeteringProxy metering() {
    return proxy;
  }

  public Recordings recordings() {
    return recordings;
  }

  /** What the kernel counted of each capture, about a second old. */
  public CaptureStatistics statistics() {
    return statistics.latest();
  }

  /** The share of packets that is counted: 1 for all, 0.1 for one in 10. */
  public double samplingRatio() {
    return sampling.ratio();
  }

  /** Applies those settings that can change while it runs. */
  public void apply(Settings latest) {
    proxy.apply(latest.accounting());
    ownership.proxy().apply(latest.ownership());
  }

  /** Whether the first scan of sockets and processes is done. */
  public boolean hasScanned() {
    return ownership.hasScanned();
  }

  /** Why no process can be named at all, and the fix; empty if some can. */
  public String blindness() {
    return ownership.blindness();
  }

  /** Whether each agent runs, by its role name. */
  public Map<String, Boolean> agents() {
    Map<String, Boolean> agents = new LinkedHashMap<>();
    for (AgentRunner runner : List.of(hostRunner, ownershipRunner, meteringRunner)) {
      agents.put(runner.roleName(), runner.isRunning());
    }
    return agents;
  }

  /** The agents, and whether each optional source of knowledge is available. */
  public Map<String, Boolean> components() {
    Map<String, Boolean> components = agents();
    if (watchesAll()) {
      components.put(Feature.NAMESPACES.label(), host.refusal() == null);
    }
    ownership.features().forEach((feature, isUp) -> components.put(feature.label(), isUp));
    return components;
  }

  /** How many turns the metering thread has done. It is woken, so that a healthy one does more. */
  public long meteringTurns() {
    long turns = meteringRunner.turns();
    meteringRunner.wake();
    return turns;
  }

  public boolean isDead() {
    return death.isDone();
  }

  /** Waits until an agent has died, and answers of what. */
  public Throwable awaitDeath() {
    return death.join();
  }

  /** Stops the agents. What they counted can still be read; nothing is unmapped yet. */
  public void stop() {
    recordings.close();
    meteringRunner.close();
    ownershipRunner.close();
    hostRunner.close();
  }

  /** Unmaps the rings and the times of port changes. The agents must have been stopped. */
  @Override
  public void close() {
    captures.close();
    ownership.close();
  }
}
