package io.github.pidflow.processes;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code /proc/PID/cgroup} (cgroups(7)) tells of a process: its systemd unit, its container
 * and its Kubernetes pod, each empty if it has none.
 */
public record CgroupPath(String unit, String containerId, String podUid) {
  private static final Pattern UNIT =
      Pattern.compile("[^/]+\\.(?:service|scope|socket|mount|swap)");

  /** Docker, containerd, CRI-O and Podman all name a container's cgroup by these 64 digits. */
  private static final Pattern CONTAINER = Pattern.compile("[0-9a-f]{64}");

  /** With dashes, or with underscores where systemd makes slices; without for a static pod. */
  private static final Pattern POD =
      Pattern.compile(
          "pod(\\p{XDigit}{8}(?:[-_]\\p{XDigit}{4}){3}[-_]\\p{XDigit}{12}|\\p{XDigit}{32})"
              + "(?=\\.slice|/|$)");

  static CgroupPath parse(byte[] cgroup) {
    String unit = "";
    String container = "";
    String pod = "";
    for (String line : new String(cgroup, StandardCharsets.UTF_8).split("\n", -1)) {
      // hierarchy-ID:controllers:path; v2 is "0::", systemd's own tree under v1 is "name=systemd"
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

  /** Of a directory of the v2 hierarchy. */
  public static CgroupPath of(String path) {
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
