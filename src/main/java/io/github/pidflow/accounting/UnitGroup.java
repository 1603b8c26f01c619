package io.github.pidflow.accounting;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The group of a systemd unit. Units that systemd or a session names by a serial number, a random
 * number or a peer's address share one group. Otherwise each connection or login would make a group
 * that stays until the daemon ends. The unit itself is still in {@code pidflow_process_info}.
 */
final class UnitGroup {
  private record Kind(Pattern unit, String group) {
    Kind(String unit, String group) {
      this(Pattern.compile(unit), group);
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          // Accept=yes: NUMBER-LOCAL:PORT-PEER:PORT, since systemd 257 NUMBER-COOKIE-LOCAL-PEER.
          new Kind("(.+)@\\d+-(?:\\d+-)?[^-]*:\\d+-[^-]*:\\d+\\.service", "$1@.service"),
          // Accept=yes on a Unix socket: NUMBER-PID-UID, with cookie and pidfd id in newer ones.
          new Kind("(.+)@\\d+(?:-[\\d_]+){2,3}\\.service", "$1@.service"),
          new Kind("(.+)@\\d+-unknown\\.service", "$1@.service"),
          // systemd-run: run-u12, run-r and 32 digits, run-p12-i34, run-12.
          new Kind("run-(?:\\d+|u\\d+|r[0-9a-f]{32}|p\\d+-i\\d+)\\.(service|scope)", "run-*.$1"),
          new Kind("session-c?\\d+\\.scope", "session-*.scope"),
          // Desktops: app-LAUNCHER-NAME-NUMBER.
          new Kind("app-(.+)-\\d+\\.scope", "app-$1-*.scope"));

  private UnitGroup() {}

  static String of(String unit) {
    for (Kind kind : KINDS) {
      Matcher matcher = kind.unit.matcher(unit);
      if (matcher.matches()) {
        return matcher.replaceFirst(kind.group);
      }
    }
    return unit;
  }
}
