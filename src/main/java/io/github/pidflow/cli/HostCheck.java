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
import io.github.pidflow.linux.NetNamespace;
import io.github.pidflow.ownership.Probes;
import io.github.pidflow.processes.ProcAccess;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.sockets.SocketSources;
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

/** Tries everything {@code run} needs, one by one, and leaves it as it was. */
final class HostCheck {
  private static final boolean MAY_CAPTURE = Capabilities.has(Capabilities.CAP_NET_RAW);
  private static final String CAPTURE_LOST = "everything: no packet can be seen";
  private static final String CAPABILITIES =
      "run as root, or under systemd with AmbientCapabilities=CAP_NET_RAW CAP_SYS_PTRACE"
          + " CAP_DAC_READ_SEARCH";
  private static final String NOTES_MEND =
      "add the capabilities CAP_BPF and CAP_NET_ADMIN; where cgroup v2 is not mounted,"
          + " CAP_SYS_ADMIN too";

  private final Settings settings;

  HostCheck(Settings settings) {
    this.settings = settings;
  }

  List<Finding> findings() {
    ProcAccess access = ProcAccess.look(settings.ownership().procRoot());
    return List.of(
        ring(),
        libpcap(),
        engine(),
        interfaces(),
        sockDiag(),
        socketCreations(),
        socketClosings(),
        taskEvents(),
        fdTables(access),
        namespaces(access),
        webConfig(),
        listenAddress());
  }

  private Finding ring() {
    CaptureSettings.Ring ring = settings.capture().ring();
    try {
      RingSource.probe(settings.capture());
      return Finding.ok(
          "ring",
          "TPACKET_V3, " + ring.blockCount() + " blocks of " + ring.blockSizeBytes() + " bytes");
    } catch (IOException e) {
      return Finding.partial(
          "ring",
          detail(e),
          "the cheapest way to capture",
          mend("try a smaller pidflow.capture.ring.block-count"));
    }
  }

  private Finding libpcap() {
    try {
      return Finding.ok("libpcap", Libpcap.version());
    } catch (IOException e) {
      return Finding.partial(
          "libpcap",
          "not installed",
          "pidflow.capture.filter, the libpcap engine and pidflow replay",
          "apt-get install libpcap0.8, or dnf install libpcap");
    }
  }

  private Finding engine() {
    String engine = settings.capture().engine().name().toLowerCase(Locale.ROOT);
    try {
      CaptureSources.open(Namespace.OWN, settings.capture(), new DaemonCounters()).close();
      CaptureSources.pin(settings.capture());
      return Finding.ok("capture", "pidflow.capture.engine = " + engine + " opens");
    } catch (IOException e) {
      return Finding.failed(
          "capture", detail(e), CAPTURE_LOST, mend("change the setting it names, if it names one"));
    }
  }

  private static String detail(IOException e) {
    return MAY_CAPTURE ? e.getMessage() : "this process has not the capability CAP_NET_RAW";
  }

  private static String mend(String otherwise) {
    return MAY_CAPTURE ? otherwise : CAPABILITIES;
  }

  private Finding interfaces() {
    CaptureSettings capture = settings.capture();
    InterfaceSelection selection = new InterfaceSelection(capture.include(), capture.exclude());
    try (RouteNetlink route = RouteNetlink.open()) {
      List<NetworkInterface> all = route.read().interfaces();
      List<String> selected =
          all.stream().filter(selection::selects).map(NetworkInterface::name).toList();
      return selected.isEmpty()
          ? Finding.failed(
              "interfaces",
              "none selected of "
                  + String.join(", ", all.stream().map(NetworkInterface::name).toList()),
              CAPTURE_LOST,
              "mend pidflow.capture.include-interfaces and exclude-interfaces")
          : Finding.ok("interfaces", String.join(", ", selected));
    } catch (IOException e) {
      return Finding.failed(
          "interfaces", e.getMessage(), "which way packets go", "allow AF_NETLINK sockets");
    }
  }

  private Finding sockDiag() {
    try {
      SocketSources.probeSockDiag(settings.ownership());
      return Finding.ok("sock_diag", "lists sockets, and finds one by its five-tuple");
    } catch (IOException e) {
      String lost = "quick lookups: sockets are read from /proc/net at each scan";
      String mend = "modprobe tcp_diag udp_diag";
      return settings.ownership().source() == Source.SOCK_DIAG
          ? Finding.failed("sock_diag", e.getMessage(), lost, mend)
          : Finding.partial("sock_diag", e.getMessage(), lost, mend);
    }
  }

  private Finding socketCreations() {
    if (!settings.ownership().noteCreations()) {
      return Finding.ok("socket creations", "not wanted: pidflow.ownership.note-creations is off");
    }
    try {
      Probes.creations(settings.ownership());
      return Finding.ok("socket creations", "the kernel notes who creates each socket (eBPF)");
    } catch (IOException e) {
      return Finding.partial(
          "socket creations",
          e.getMessage(),
          "sockets that live for milliseconds are unattributed, reason no_socket",
          NOTES_MEND);
    }
  }

  private Finding socketClosings() {
    if (!settings.ownership().noteCreations()) {
      return Finding.ok("socket closings", "not wanted: pidflow.ownership.note-creations is off");
    }
    try {
      Probes.closings(settings.ownership());
      return Finding.ok("socket closings", "the kernel notes who closes each socket (eBPF)");
    } catch (IOException e) {
      return Finding.partial(
          "socket closings",
          e.getMessage(),
          "connections accepted and closed within milliseconds go to whoever listens",
          NOTES_MEND + "; Linux 5.9 is needed");
    }
  }

  private Finding taskEvents() {
    if (!settings.ownership().taskEvents()) {
      return Finding.ok("task events", "not wanted: pidflow.ownership.task-events is off");
    }
    try {
      Probes.taskEvents(settings.ownership());
      return Finding.ok("task events", "the kernel tells of renamed processes (perf events)");
    } catch (IOException e) {
      return Finding.partial(
          "task events",
          e.getMessage(),
          "a renamed process keeps its old name until it is looked at again",
          "add the capability CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8), or"
              + " sysctl kernel.perf_event_paranoid=0");
    }
  }

  private Finding fdTables(ProcAccess access) {
    String detail =
        access.readable() + " of " + access.processes() + " processes' fd tables can be read";
    if (access.processes() == 0) {
      return Finding.failed(
          "/proc",
          "no process in " + settings.ownership().procRoot(),
          "everything: no socket's process can be found",
          "mount -t proc proc /proc, or mend pidflow.ownership.proc-root");
    }
    return access.readable() == access.processes()
        ? Finding.ok("/proc", detail)
        : Finding.partial(
            "/proc",
            detail,
            "the others' traffic is unattributed, reason no_process",
            CAPABILITIES);
  }

  private Finding namespaces(ProcAccess access) {
    String all =
        access.readable() == access.processes()
            ? "every process"
            : "every process that can be read";
    if (access.otherNamespaces() > 0 && settings.namespaces() == Namespaces.ALL) {
      return enterable(access);
    }
    return access.otherNamespaces() == 0
        ? Finding.ok("network namespaces", all + " is in this one")
        : Finding.partial(
            "network namespaces",
            "besides this one, those that hold processes: " + access.otherNamespaces(),
            "who in them moves what: here their traffic counts as forwarded",
            "set pidflow.namespaces = all");
  }

  private static Finding enterable(ProcAccess access) {
    try (NetNamespace own = NetNamespace.own()) {
      own.call(() -> null);
      return Finding.ok(
          "network namespaces",
          "besides this one, those that hold processes, all watched: " + access.otherNamespaces());
    } catch (IOException e) {
      return Finding.partial(
          "network namespaces",
          e.getMessage(),
          "who in the others moves what, there are: " + access.otherNamespaces(),
          "add the capability CAP_SYS_ADMIN (systemd/pidflow.service.d/namespaces.conf), or set"
              + " pidflow.namespaces = host");
    }
  }

  private Finding webConfig() {
    Optional<Path> file = settings.web().configFile();
    if (file.isEmpty()) {
      return Finding.ok("web config", "none: anyone who reaches the port may scrape, unencrypted");
    }
    try {
      WebAccess access = WebAccess.open(file.get());
      return Finding.ok("web config", file.get() + (access.isTls() ? ", TLS" : ", no TLS"));
    } catch (IOException e) {
      return Finding.failed("web config", e.getMessage(), "/metrics", "mend what it names");
    }
  }

  private Finding listenAddress() {
    String host = settings.web().host();
    int port = settings.web().port();
    String address = Listening.text(host, port);
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      return Finding.ok("listen address", address + " is free");
    } catch (IOException e) {
      return Finding.failed(
          "listen address",
          address + ": " + (e instanceof UnknownHostException ? "unknown host" : e.getMessage()),
          "/metrics",
          "set pidflow.web.listen-address to an address of this host (ip address) and a free port"
              + " (ss -ltnp shows who has it); those below 1024 need CAP_NET_BIND_SERVICE");
    }
  }
}
