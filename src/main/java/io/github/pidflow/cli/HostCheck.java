package io.github.pidflow.cli;

import io.github.pidflow.capture.CaptureSources;
import io.github.pidflow.capture.InterfaceSelection;
import io.github.pidflow.capture.Libpcap;
import io.github.pidflow.capture.RingSource;
import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.OwnershipSettings.Source;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.Settings.Namespaces;
import io.github.pidflow.host.Namespace;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.host.RouteNetlink;
import io.github.pidflow.linux.Capabilities;
import io.github.pidflow.linux.Diagnosis;
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.linux.PidNamespaceException;
import io.github.pidflow.linux.ProcMount;
import io.github.pidflow.ownership.Probes;
import io.github.pidflow.processes.PidNamespace;
import io.github.pidflow.processes.ProcAccess;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.sockets.KernelSockets;
import io.github.pidflow.webconfig.WebAccess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Tries everything {@code run} needs on this host, one thing after the other. Whatever it opens is
 * closed again.
 */
final class HostCheck {
  private static final boolean MAY_CAPTURE = Capabilities.has(Capabilities.CAP_NET_RAW);
  private static final String NO_CAPTURE = "no packet can be captured";
  private static final String NO_METRICS = "/metrics cannot be served";

  private final Settings settings;
  private final Diagnosis diagnosis = Diagnosis.read();

  HostCheck(Settings settings) {
    this.settings = settings;
  }

  /** A check of one feature, which fails with the reason why the feature is missing. */
  @FunctionalInterface
  private interface Probe {
    void run() throws IOException;
  }

  List<CheckResult> findings() {
    ProcAccess access = ProcAccess.measure(settings.ownership().procRoot());
    return List.of(
        ring(),
        libpcap(),
        engine(),
        interfaces(),
        sockDiag(),
        socketDestructions(),
        socketCreations(),
        socketClosings(),
        portChanges(),
        taskEvents(),
        sendEvents(),
        fdTables(access),
        namespaces(access),
        webConfig(),
        listenAddress());
  }

  private CheckResult ring() {
    CaptureSettings.Ring ring = settings.capture().ring();
    try {
      RingSource.probe(settings.capture());
      return CheckResult.available(
          Feature.RING,
          "TPACKET_V3, " + ring.blockCount() + " blocks of " + ring.blockSizeBytes() + " bytes");
    } catch (IOException e) {
      return CheckResult.missing(Feature.RING, captureError(e), captureFix(e, Feature.RING.fix()));
    }
  }

  private CheckResult libpcap() {
    try {
      return CheckResult.available(Feature.LIBPCAP, Libpcap.version());
    } catch (IOException e) {
      String detail = e.getMessage().replace(": " + Feature.LIBPCAP.fix(), "");
      return CheckResult.missing(Feature.LIBPCAP, detail);
    }
  }

  private CheckResult engine() {
    String engine = settings.capture().engine().name().toLowerCase(Locale.ROOT);
    try {
      CaptureSources.open(Namespace.OWN, settings.capture(), new DaemonCounters()).close();
      CaptureSources.pin(settings.capture());
      return CheckResult.ok("capture", "pidflow.capture.engine = " + engine + " opens");
    } catch (IOException e) {
      return CheckResult.failed(
          "capture",
          captureError(e),
          NO_CAPTURE,
          captureFix(e, "change the setting that the message names, if it names one"));
    }
  }

  private static String captureError(IOException e) {
    return MAY_CAPTURE ? e.getMessage() : "this process lacks the capability CAP_NET_RAW";
  }

  private String captureFix(IOException e, String otherwise) {
    return MAY_CAPTURE ? diagnosis.captureFix(e, otherwise) : Feature.PROC.fix();
  }

  private CheckResult interfaces() {
    CaptureSettings capture = settings.capture();
    InterfaceSelection selection = new InterfaceSelection(capture.include(), capture.exclude());
    try (RouteNetlink route = RouteNetlink.open()) {
      List<NetworkInterface> all = route.read().interfaces();
      List<String> selected =
          all.stream().filter(selection::selects).map(NetworkInterface::name).toList();
      return selected.isEmpty()
          ? CheckResult.failed(
              "interfaces",
              "none selected of "
                  + String.join(", ", all.stream().map(NetworkInterface::name).toList()),
              NO_CAPTURE,
              "correct pidflow.capture.include-interfaces and exclude-interfaces")
          : CheckResult.ok("interfaces", String.join(", ", selected));
    } catch (IOException e) {
      return CheckResult.failed(
          "interfaces",
          e.getMessage(),
          "the direction of packets is unknown",
          "allow AF_NETLINK sockets");
    }
  }

  private CheckResult sockDiag() {
    CheckResult finding =
        probe(
            Feature.SOCK_DIAG,
            () -> KernelSockets.probeSockDiag(settings.ownership()),
            "lists sockets, and finds one by its five-tuple",
            e -> Feature.SOCK_DIAG.fix());
    boolean isRequired = settings.ownership().source() == Source.SOCK_DIAG;
    return isRequired && finding.state() != CheckResult.State.OK
        ? CheckResult.failed(
            finding.subject(),
            finding.detail(),
            "pidflow.ownership.source = sock_diag requires it",
            finding.fix())
        : finding;
  }

  private CheckResult socketDestructions() {
    return probe(
        Feature.SOCKET_DESTRUCTIONS,
        KernelSockets::probeDestructions,
        "the kernel reports sockets that close (sock_diag)",
        diagnosis::socketDestructionsFix);
  }

  private CheckResult socketCreations() {
    return settings.ownership().noteCreations()
        ? probe(
            Feature.SOCKET_CREATIONS,
            () -> Probes.creations(settings.ownership()),
            "the kernel records which process creates each socket (eBPF)",
            diagnosis::socketNotesFix)
        : off(Feature.SOCKET_CREATIONS, "pidflow.ownership.note-creations");
  }

  private CheckResult socketClosings() {
    return settings.ownership().noteCreations()
        ? probe(
            Feature.SOCKET_CLOSINGS,
            () -> Probes.closings(settings.ownership()),
            "the kernel records which process closes each socket (eBPF)",
            diagnosis::socketNotesFix)
        : off(Feature.SOCKET_CLOSINGS, "pidflow.ownership.note-creations");
  }

  private CheckResult portChanges() {
    return settings.ownership().noteCreations()
        ? probe(
            Feature.PORT_CHANGES,
            Probes::portChanges,
            "the kernel reports UDP sockets that are bound or connected (eBPF)",
            diagnosis::socketNotesFix)
        : off(Feature.PORT_CHANGES, "pidflow.ownership.note-creations");
  }

  private CheckResult taskEvents() {
    return settings.ownership().taskEvents()
        ? probe(
            Feature.TASK_EVENTS,
            () -> Probes.taskEvents(settings.ownership()),
            "the kernel reports renamed processes (perf events)",
            diagnosis::taskEventsFix)
        : off(Feature.TASK_EVENTS, "pidflow.ownership.task-events");
  }

  private CheckResult sendEvents() {
    return settings.ownership().taskEvents()
        ? probe(
            Feature.SEND_EVENTS,
            () -> Probes.sendEvents(settings.ownership()),
            "the kernel reports who sends through packet and raw sockets (perf events)",
            diagnosis::taskEventsFix)
        : off(Feature.SEND_EVENTS, "pidflow.ownership.task-events");
  }

  private static CheckResult probe(
      Feature feature, Probe probe, String detail, Function<IOException, String> fix) {
    try {
      probe.run();
      return CheckResult.available(feature, detail);
    } catch (IOException e) {
      return CheckResult.missing(feature, e.getMessage(), fix.apply(e));
    }
  }

  private static CheckResult off(Feature feature, String setting) {
    return CheckResult.available(feature, "switched off by " + setting);
  }

  private CheckResult fdTables(ProcAccess access) {
    if (access.processes() == 0) {
      return CheckResult.failed(
          Feature.PROC.label(),
          "no process in " + settings.ownership().procRoot(),
          "no traffic can be attributed",
          "mount -t proc proc /proc, or correct pidflow.ownership.proc-root");
    }
    String detail =
        access.readable() + " of " + access.processes() + " processes' fd tables can be read";
    return access.readable() == access.processes()
        ? visibility(detail)
        : CheckResult.missing(Feature.PROC, detail, diagnosis.fdTablesFix());
  }

  /** Whether the processes that can be seen are all that there are. */
  private CheckResult visibility(String detail) {
    Path procRoot = settings.ownership().procRoot();
    if (diagnosis.obeysHidepid() && ProcMount.hidesProcesses(procRoot)) {
      return CheckResult.missing(
          Feature.PROC,
          detail + "; other users' processes are hidden: " + procRoot + " is mounted with hidepid",
          diagnosis.fdTablesFix() + "; or mount -o remount,hidepid=0 " + procRoot);
    }
    return PidNamespace.isInitial(procRoot)
        ? CheckResult.available(Feature.PROC, detail)
        : nestedPidNamespace(detail);
  }

  private CheckResult nestedPidNamespace(String detail) {
    String seen = detail + "; only those of pidflow's own PID namespace are visible";
    try {
      if (!Probes.blindness(settings.ownership()).isEmpty()) {
        return CheckResult.failed(
            Feature.PROC.label(),
            seen + ", and none of them owns a socket",
            "no traffic can be attributed, and /-/ready answers 503",
            PidNamespaceException.FIX);
      }
    } catch (IOException e) {
      seen += " (" + e.getMessage() + ')';
    }
    return CheckResult.missing(
        Feature.PROC.label(),
        seen,
        "traffic of processes outside of that namespace is unattributed, reason no_process",
        PidNamespaceException.FIX);
  }

  private CheckResult namespaces(ProcAccess access) {
    String others = "other network namespaces with processes: " + access.otherNamespaces();
    if (access.otherNamespaces() == 0) {
      boolean seesAll = access.readable() == access.processes();
      return CheckResult.available(
          Feature.NAMESPACES,
          "every " + (seesAll ? "" : "readable ") + "process is in this network namespace");
    }
    return settings.namespaces() == Namespaces.ALL
        ? probe(
            Feature.NAMESPACES,
            HostCheck::enterNamespace,
            others + ", all watched",
            diagnosis::namespacesFix)
        : CheckResult.missing(
            Feature.NAMESPACES, others + ", not watched", "set pidflow.namespaces = all");
  }

  private static void enterNamespace() throws IOException {
    try (NetNamespace own = NetNamespace.own()) {
      own.call(() -> null);
    }
  }

  private CheckResult webConfig() {
    Optional<Path> file = settings.web().configFile();
    if (file.isEmpty()) {
      return CheckResult.ok(
          "web config", "none: metrics are served unencrypted to anyone who can reach the port");
    }
    try {
      WebAccess access = WebAccess.open(file.get());
      return CheckResult.ok("web config", file.get() + (access.isTls() ? ", TLS" : ", no TLS"));
    } catch (IOException e) {
      return CheckResult.failed(
          "web config", e.getMessage(), NO_METRICS, "correct the problems named");
    }
  }

  private CheckResult listenAddress() {
    String host = settings.web().host();
    int port = settings.web().port();
    String address = settings.web().addressWithPort(port);
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      return CheckResult.ok("listen address", address + " is free");
    } catch (IOException e) {
      return CheckResult.failed(
          "listen address",
          address + ": " + (e instanceof UnknownHostException ? "unknown host" : e.getMessage()),
          NO_METRICS,
          "set pidflow.web.listen-address to an address of this host (ip address) and a free port"
              + " (ss -ltnp shows which process has it); ports below 1024 need"
              + " CAP_NET_BIND_SERVICE");
    }
  }
}
