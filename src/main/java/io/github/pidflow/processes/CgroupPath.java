package io.github.pidflow.processes;

import io.github.pidflow.processes.CgroupOwners.Division;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The systemd unit, container and Kubernetes pod of a process, parsed from its cgroup (cgroups(7));
 * each is empty if there is none.
 *
 * <p>Only names that root gave count, see {@link CgroupOwners}. The unit is the one that systemd
 * made: the first that is no slice. Below it are the cgroups of its own, of another systemd in a
 * container, or of a user's service manager. A container that only a user vouches for, as with a
 * rootless runtime, is marked: {@code user-1000/ID}.
 */
record CgroupPath(String unit, String containerId, String podUid) {
  private static final String SLICE = ".slice";
  private static final Pattern UNIT = Pattern.compile(".+\\.(?:service|scope|socket|mount|swap)");

  /**
   * Docker, containerd, CRI-O and Podman all name a container's cgroup by its 64-digit id, perhaps
   * after the runtime's name, and as a scope.
   */
  private static final Pattern CONTAINER =
      Pattern.compile("(?:.*[-:])?([0-9a-f]{64})(?:\\.scope)?");

  /** With dashes, with underscores in a systemd slice, or with neither for a static pod. */
  private static final Pattern POD =
      Pattern.compile(
          "(?:.*-)?pod(\\p{XDigit}{8}(?:[-_]\\p{XDigit}{4}){3}[-_]\\p{XDigit}{12}|\\p{XDigit}{32})"
              + "(?:\\.slice(?::.*)?)?");

  /** Parses {@code /proc/PID/cgroup}. */
  static CgroupPath parse(byte[] cgroup, CgroupOwners owners) {
    CgroupPath all = new CgroupPath("", "", "");
    for (String line : new String(cgroup, StandardCharsets.UTF_8).split("\n", -1)) {
      // hierarchy-ID:controllers:path; v2 is "0::", systemd's hierarchy in v1 is "name=systemd"
      String[] fields = line.split(":", 3);
      if (fields.length == 3) {
        boolean hasUnits = fields[0].equals("0") || fields[1].equals("name=systemd");
        CgroupPath path = of(owners.divide(fields[1], fields[2]));
        all =
            new CgroupPath(
                all.unit.isEmpty() && hasUnits ? path.unit : all.unit,
                isBetter(path.containerId, all.containerId) ? path.containerId : all.containerId,
                all.podUid.isEmpty() ? path.podUid : all.podUid);
      }
    }
    return all;
  }

  /** Whether one id is known and no other is, or none that root vouches for. */
  private static boolean isBetter(String one, String other) {
    return other.isEmpty() || (isClaim(other) && !one.isEmpty() && !isClaim(one));
  }

  /** Parses a path of the v2 hierarchy. */
  static CgroupPath of(String path, CgroupOwners owners) {
    return of(owners.divide("", path));
  }

  /** Whether it is in a container that root vouches for. */
  boolean isOfSystemContainer() {
    return !containerId.isEmpty() && !isClaim(containerId);
  }

  private static boolean isClaim(String containerId) {
    return containerId.contains("/");
  }

  private static CgroupPath of(Division path) {
    String container = last(CONTAINER, path.names());
    if (container.isEmpty()) {
      String claimed = last(CONTAINER, path.below());
      container = claimed.isEmpty() ? "" : "user-" + path.user() + '/' + claimed;
    }
    return new CgroupPath(unit(path.names()), container, last(POD, path.names()).replace('_', '-'));
  }

  private static String unit(List<String> names) {
    for (String name : names) {
      if (UNIT.matcher(name).matches()) {
        return name;
      }
      if (!name.endsWith(SLICE)) {
        break;
      }
    }
    return "";
  }

  private static String last(Pattern pattern, List<String> names) {
    String found = "";
    for (String name : names) {
      Matcher matcher = pattern.matcher(name);
      found = matcher.matches() ? matcher.group(1) : found;
    }
    return found;
  }
}
