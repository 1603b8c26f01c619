package io.github.pidflow.runtime;

/** What the daemon counts about itself. Each is a metric {@code pidflow_<name>_total}. */
public enum DaemonCounter {
  FRAMES("frames", "Frames handed from the capture source to the decoder."),
  RING_BLOCKS_REFUSED(
      "ring_blocks_refused", "Ring blocks skipped because a packet in them lay outside the block."),
  FRAMES_NOT_IP("frames_not_ip", "Frames that are neither IPv4 nor IPv6, such as ARP."),
  DUPLICATE_PACKETS(
      "duplicate_packets",
      "Packets of this host captured again on an interface below their own, such as a bridge port"
          + " or a bond slave. They are counted only once."),
  DUPLICATE_BYTES("duplicate_bytes", "IP bytes of duplicate packets."),
  TRUNCATED_LINK("decode_truncated_link", "Frames truncated within the link header."),
  TRUNCATED_IP("decode_truncated_ip", "Packets truncated within the IP header."),
  TRUNCATED_TRANSPORT(
      "decode_truncated_transport", "Packets truncated before the ports or the echo id."),
  BAD_IP_VERSION("decode_bad_ip_version", "Packets whose IP version contradicts the EtherType."),
  BAD_IP_HEADER_LENGTH("decode_bad_ip_header_length", "IPv4 headers shorter than 20 bytes."),
  BAD_IP_TOTAL_LENGTH(
      "decode_bad_ip_total_length",
      "Packets whose total length exceeds the frame or is less than the header."),
  ORPHAN_FRAGMENTS(
      "decode_orphan_fragments",
      "Later fragments whose first fragment was not captured before them."),
  FRAGMENTS_FORGOTTEN(
      "decode_fragments_forgotten",
      "First fragments whose ports were evicted to make room for those of another packet."),
  EXTENSION_HEADERS_TOO_MANY(
      "decode_extension_headers_too_many",
      "IPv6 packets with more extension headers than pidflow reads."),

  OWNERSHIP_SCANS("ownership_scans", "Full scans of sockets and processes."),
  OWNERSHIP_SCAN_NANOS("ownership_scan_seconds", "Time spent in full scans.", 1e-9),
  OWNERSHIP_SCAN_FAILURES("ownership_scan_failures", "Full scans that failed."),
  OWNERSHIP_WALKS("ownership_walks", "Walks of all processes' file descriptors."),
  OWNERSHIP_LOOKUPS("ownership_lookups", "Sockets looked up individually after a miss."),
  OWNERSHIP_LOOKUPS_RESOLVED(
      "ownership_lookups_resolved", "Lookups that found the owning process."),
  OWNERSHIP_LOOKUPS_LIMITED(
      "ownership_lookups_limited", "Lookups deferred to the next scan by the rate limit."),
  MISSES("ownership_misses", "Packets whose socket was not in the table."),
  MISS_QUEUE_OVERFLOWS(
      "ownership_miss_queue_overflows",
      "Misses deferred to the next scan because the queue was full."),
  SOCKETS_REFUSED(
      "ownership_sockets_refused",
      "Open or recently closed sockets left out of the table because it was full."),
  OWNERS_FORGOTTEN(
      "ownership_owners_forgotten",
      "Former owners of a five-tuple forgotten because it had too many within a minute."),
  TRANSLATIONS_REFUSED(
      "ownership_translations_refused",
      "Flows not looked up in the NAT table because too many were waiting for it."),
  TRANSLATIONS_FORGOTTEN(
      "ownership_translations_forgotten",
      "Flows that NAT changes and that were forgotten because too many were known."),
  TRANSLATION_TABLES_CUT(
      "ownership_translation_tables_cut",
      "Times that a namespace's NAT table was too long to be read in full."),
  NOTES_MISSING(
      "ownership_notes_missing",
      "Sockets that were destroyed without a kernel note of the process that closed them: never"
          + " accepted, closed before pidflow started, or the note was evicted."),
  PROCESSES_FORGOTTEN(
      "processes_forgotten", "Processes whose name was forgotten to make room for others."),
  NAMESPACES_REFUSED(
      "namespaces_refused",
      "Network namespaces not watched because of the limit, or of their user's share."),
  PROCESS_READ_ERRORS(
      "process_read_errors", "Failed attempts to read a process's file descriptors."),
  PARKED_RESOLVED("parked_resolved", "Parked flows whose owner was found."),
  PARKED_EXPIRED("parked_expired", "Parked flows that reached the maximum age."),
  PARKED_OVERFLOWS(
      "parked_overflows",
      "Flows that gave way to others, or found no room, while waiting for their owner."),
  PROCESSES_FOLDED(
      "processes_folded",
      "Times that a process was folded into other: there was no room, or it had the least"
          + " traffic."),
  GROUPS_REFUSED(
      "groups_refused", "Processes counted in the group (other) because of the limit on groups."),
  NETLINK_OVERRUNS(
      "netlink_overruns",
      "Times that kernel events were lost because a netlink socket's buffer was full."),
  TASK_EVENTS_LOST("task_events_lost", "Process events lost because a perf ring was full."),
  TASK_EVENT_PAUSES(
      "task_event_pauses",
      "Times that reading process events was paused for a second because there were too many."),
  SEND_EVENTS_LOST(
      "send_events_lost",
      "Sends through packet and raw sockets that went unnoticed because a perf ring was full."),
  SEND_EVENT_PAUSES(
      "send_event_pauses",
      "Times that reading sends through packet and raw sockets was paused for a second because"
          + " there were too many."),
  RECORDED_PACKETS("recorded_packets", "Packets written to recordings."),
  RECORDED_BYTES("recorded_bytes", "Bytes written to recordings."),
  RECORDING_DROPS(
      "recording_dropped_packets",
      "Packets dropped from a recording because its buffer was full: the disk was too slow."),
  SCRAPES("scrapes", "Scrapes answered."),
  SCRAPE_NANOS("scrape_seconds", "Time spent answering scrapes.", 1e-9),
  SCRAPE_FAILURES("scrape_failures", "Scrapes that could not be answered completely."),
  ERRORS("errors", "Unexpected errors; the log names each distinct one.");

  private final String metric;
  private final String help;
  private final double scale;

  DaemonCounter(String metric, String help) {
    this(metric, help, 1);
  }

  DaemonCounter(String metric, String help, double scale) {
    this.metric = metric;
    this.help = help;
    this.scale = scale;
  }

  /** Metric name without the {@code pidflow_} prefix and the {@code _total} suffix. */
  public String metric() {
    return metric;
  }

  public String help() {
    return help;
  }

  /** Factor from the counted unit to the metric's base unit. */
  public double scale() {
    return scale;
  }
}
