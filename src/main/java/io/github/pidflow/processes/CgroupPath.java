package io.github.pidflow.processes;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The systemd unit, container and Kubernetes pod of a process, parsed from its cgroup (cgroups(7));
 * each is empty if there is none.
 */
record CgroupPath(String unit, String containerId, String podUid) {
  private static final Pattern UNIT =
      Pattern.compile("[^/]+\\.(?:service|scope|socket|mount|swap)");

  /** Docker, containerd, CRI-O and Podman all name a container's cgroup by its 64-digit id. */
  private static final Pattern CONTAINER = Pattern.compile("[0-9a-f]{64}");

  /** With dashes, with underscores in a systemd slice, or with neither for a static pod. */
  private static final Pattern POD =
      Pattern.compile(
          "pod(\\p{XDigit}{8}(?:[-_]\\p{XDigit}{4}){3}[-_]\\p{XDigit}{12}|\\p{XDigit}{32})"
              + "(?=\\.slice|/|$)");

  /** Parses {@code /proc/PID/cgroup}. */
  static CgroupPath parse(byte[] cgroup) {
    String unit = "";
    String container = "";
    String pod = "";
    for (String line : new String(cgroup, StandardCharsets.UTF_8).split("\n", -1)) {
      // hierarchy-ID:controllers:path; v2 is "0::", systemd's hierarchy in v1 is "name=systemd"
      String[] fields = line.split(":", 3);
      if (fields.length < 3) {
        continue;
      }
      if (container.isEmpty()) {
        container = last(CONTAINER, fields[2]);
      }
      if (pod.isEmpty()) {
        pod = pod(fields[2]);
      }
      boolean systemd = fields[0].equals("0") || fields[1].equals("name=systemd");
      if (systemd && unit.isEmpty()) {
        unit = innermostUnit(fields[2]);
      }
    }
    return new CgroupPath(unit, container, pod);
  }

  /** Parses a path of the v2 hierarchy. */
  static CgroupPath of(String path) {
    return new CgroupPath(innermostUnit(path), last(CONTAINER, path), pod(path));
  }

  private static String innermostUnit(String path) {
    String unit = "";
    for (String part : path.split("/", -1)) {
      if (UNIT.matcher(part).matches()) {
        unit = part;
      }
    }
    return unit;
  }

  private static String pod(String path) {
    Matcher matcher = POD.matcher(path);
    return matcher.find() ? matcher.group(1).replace('_', '-') : "";
  }

  private static String last(Pattern pattern, String text) {
    String found = "";
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found = matcher.group();
    }
    return found;
  }
}
