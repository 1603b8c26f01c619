package io.github.pidflow.runtime;

/** Everything the daemon counts about itself. Each is a metric {@code pidflow_<name>_total}. */
public enum DaemonCounter {
  FRAMES("frames", "Frames handed from the capture source to the decoder."),
  RING_BLOCKS_REFUSED(
      "ring_blocks_refused", "Blocks of the ring given up, since a packet in them lay outside."),
  FRAMES_NOT_IP("frames_not_ip", "Frames that carried neither IPv4 nor IPv6, ARP for example."),
  DUPLICATE_PACKETS(
      "duplicate_packets",
      "Packets of this host seen again on an interface below the one that owns them, such as a"
          + " bridge port or a bond slave; counted once, above."),
  DUPLICATE_BYTES("duplicate_bytes", "IP bytes of duplicate packets."),
  TRUNCATED_LINK("decode_truncated_link", "Frames too short for their link header."),
  TRUNCATED_IP("decode_truncated_ip", "Packets cut short within the IP header."),
  TRUNCATED_TRANSPORT(
      "decode_truncated_transport", "Packets cut short before their ports or echo id."),
  BAD_IP_VERSION("decode_bad_ip_version", "Packets whose version contradicts their EtherType."),
  BAD_IP_HEADER_LENGTH("decode_bad_ip_header_length", "IPv4 headers shorter than 20 bytes."),
  BAD_IP_TOTAL_LENGTH(
      "decode_bad_ip_total_length",
      "Packets whose total length is more than the frame held or less than their header."),
  ORPHAN_FRAGMENTS("decode_orphan_fragments", "Later fragments whose first was not seen."),
  FRAGMENTS_FORGOTTEN(
      "decode_fragments_forgotten",
      "First fragments whose ports were forgotten for those of another."),
  EXTENSION_HEADERS_TOO_MANY(
      "decode_extension_headers_too_many", "IPv6 packets with more extension headers than read."),

  OWNERSHIP_SCANS("ownership_scans", "Full scans of sockets and processes."),
  OWNERSHIP_SCAN_NANOS("ownership_scan_seconds", "Time spent in full scans.", 1e-9),
  OWNERSHIP_SCAN_FAILURES("ownership_scan_failures", "Full scans that failed."),
  OWNERSHIP_WALKS("ownership_walks", "Walks of every process's fd table."),
  OWNERSHIP_LOOKUPS("ownership_lookups", "Sockets asked of the kernel one by one after a miss."),
  OWNERSHIP_LOOKUPS_RESOLVED("ownership_lookups_resolved", "Lookups that named a process."),
  OWNERSHIP_LOOKUPS_LIMITED(
      "ownership_lookups_limited", "Lookups left to the next scan by the rate limit."),
  MISSES("ownership_misses", "Packets whose socket the table did not know."),
  MISS_QUEUE_OVERFLOWS(
      "ownership_miss_queue_overflows", "Misses left to the next scan because the queue was full."),
  SOCKETS_REFUSED(
      "ownership_sockets_refused",
      "Sockets, open or closed of late, left out of the table since there were too many."),
  OWNERS_FORGOTTEN(
      "ownership_owners_forgotten",
      "Former owners of a five-tuple forgotten since it had too many within a minute."),
  TRANSLATIONS_REFUSED(
      "ownership_translations_refused",
      "Flows not sought among those that NAT translates, since too many were."),
  TRANSLATION_TABLES_CUT(
      "ownership_translation_tables_cut",
      "Times the rest of a namespace's table of NAT was not read, since it is too long."),
  NOTES_MISSING(
      "ownership_notes_missing",
      "Sockets that ended without a note of the kernel on who closed them: they were never accepted, or"
          + " closed before pidflow began, or their note gave way to others."),
  PROCESSES_FORGOTTEN(
      "processes_forgotten",
      "Processes whose name is not remembered beyond their end, since those of others are."),
  NAMESPACES_REFUSED(
      "namespaces_refused", "Network namespaces not watched, since there were too many."),
  PROCESS_READ_ERRORS(
      "process_read_errors", "Processes whose fd table could not be read, each time it was tried."),
  PARKED_RESOLVED("parked_resolved", "Parked flows credited to their process."),
  PARKED_EXPIRED("parked_expired", "Parked flows given up after their longest age."),
  PARKED_OVERFLOWS("parked_overflows", "Packets that found no room to be parked."),
  PROCESSES_FOLDED(
      "processes_folded",
      "Times a process was counted in other from then on, for want of room or since it moved least."),
  GROUPS_REFUSED(
      "groups_refused",
      "Processes counted in the group (other), since there were too many groups."),
  NETLINK_OVERRUNS(
      "netlink_overruns", "Kernel events lost because a netlink socket's buffer was full."),
  TASK_EVENTS_LOST(
      "task_events_lost", "Kernel events of processes lost because a perf ring was full."),
  TASK_EVENT_PAUSES(
      "task_event_pauses",
      "Times the kernel's events of processes were too many and not read for a second."),
  RECORDED_PACKETS("recorded_packets", "Packets written to recordings."),
  RECORDED_BYTES("recorded_bytes", "Bytes written to the files of recordings."),
  RECORDING_DROPS(
      "recording_dropped_packets",
      "Packets left out of a recording since its buffer was full: its disk was too slow."),
  SCRAPES("scrapes", "Scrapes answered."),
  SCRAPE_NANOS("scrape_seconds", "Time spent in answering scrapes.", 1e-9),
  SCRAPE_FAILURES("scrape_failures", "Scrapes that could not be answered in full."),
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
