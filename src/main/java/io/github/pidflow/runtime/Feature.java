package io.github.pidflow.runtime;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a host may lack while pidflow still runs. The log, {@code pidflow check}, the status page
 * and the API, and the table in {@code docs/troubleshooting.md} all take their texts from here.
 */
public enum Feature {
  RING(
      "ring",
      "packets are captured through libpcap, which takes three times the CPU",
      "set a smaller pidflow.capture.ring.block-count"),
  LIBPCAP(
      "libpcap",
      "pidflow.capture.filter, pidflow.capture.engine = libpcap and pidflow replay do not work",
      "apt-get install libpcap0.8, or dnf install libpcap"),
  SOCK_DIAG(
      "sock_diag",
      "sockets are read from /proc/net at each scan; traffic of short-lived ones is unattributed,"
          + " reason no_socket",
      "modprobe tcp_diag udp_diag"),
  SOCKET_CREATIONS(
      "socket-creations",
      "traffic of sockets that live for milliseconds is unattributed, reason no_socket",
      Fix.EBPF),
  SOCKET_CLOSINGS(
      "socket-closings",
      "connections accepted and closed within milliseconds are attributed to the process that"
          + " listens, or are unattributed, reason ambiguous",
      Fix.EBPF + "; upgrade to Linux 5.9 or later"),
  PORT_CHANGES(
      "port-changes",
      "a UDP socket opened on a port where another process has one gets no traffic until the next"
          + " scan",
      Fix.EBPF),
  SOCKET_DESTRUCTIONS(
      "socket-destructions",
      "closed sockets are noticed only at the next scan; until then traffic of a reused port is"
          + " attributed to its previous owner",
      "add the capability CAP_NET_ADMIN; modprobe tcp_diag udp_diag"),
  TASK_EVENTS(
      "task-events",
      "a renamed process keeps its old name for up to 15 s; one that ends at once has no exe,"
          + " and no name if one of its threads opened the socket",
      "add the capability CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8); where sysctl"
          + " kernel.perf_event_paranoid is 3 or more, as on Debian, set it to 2 or add"
          + " CAP_SYS_ADMIN"),
  SEND_EVENTS(
      "send-events",
      "packets sent through packet sockets are attributed to the only process that has one, and"
          + " are otherwise unattributed, reason packet_socket; simultaneous pings from raw sockets"
          + " are unattributed, reason ambiguous",
      "add the capability CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8, where tracefs is not"
          + " mounted, and where kernel.perf_event_paranoid is 3 or more); upgrade to Linux 6.3 or"
          + " later"),
  PROC("/proc", "traffic of other users' processes is unattributed, reason no_process", Fix.ROOT),
  NAMESPACES(
      "namespaces",
      "traffic of processes in other network namespaces is counted as forwarded",
      "add the capability CAP_SYS_ADMIN (systemd/pidflow.service.d/namespaces.conf), or set"
          + " pidflow.namespaces = host");

  private final String label;
  private final String impact;
  private final String fix;

  Feature(String label, String impact, String fix) {
    this.label = label;
    this.impact = impact;
    this.fix = fix;
  }

  /** Fixes that several features share. */
  private static final class Fix {
    static final String EBPF =
        "add the capabilities CAP_BPF and CAP_NET_ADMIN; where cgroup v2 is not mounted,"
            + " CAP_SYS_ADMIN too";
    static final String ROOT =
        "run as root, or under systemd with AmbientCapabilities=CAP_NET_RAW CAP_SYS_PTRACE"
            + " CAP_DAC_READ_SEARCH";
  }

  public static Optional<Feature> of(String label) {
    return Stream.of(values()).filter(each -> each.label.equals(label)).findFirst();
  }

  /** The name users see, also in the label {@code component} of {@code pidflow_component_up}. */
  public String label() {
    return label;
  }

  /** What does not work without the feature. */
  public String impact() {
    return impact;
  }

  /** How to get the feature. */
  public String fix() {
    return fix;
  }

  /**
   * The log line for a missing feature.
   *
   * @param cause why it is missing, such as the error of a system call
   */
  public String missing(String cause) {
    return missing(cause, fix);
  }

  /** Likewise, with the fix for just this cause. */
  public String missing(String cause, String fix) {
    return label + " is not available: " + cause + "; impact: " + impact + "; fix: " + fix;
  }
}
