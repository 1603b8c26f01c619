package io.github.pidflow.processes;

import io.github.pidflow.linux.Cgroups;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which names in a path of cgroups are root's. systemd and the runtimes make a cgroup as root. Who
 * owns a cgroup's directory, as a user does that of his service manager, makes others below it,
 * with any name. So a name counts if every directory above it is root's, and only root may write to
 * it.
 */
final class CgroupOwners implements AutoCloseable {
  private static final int GROUP_OR_OTHERS_WRITE = 0022;

  /** A user's service manager: its cgroup is the user's, also where that cannot be read. */
  private static final Pattern USER_MANAGER = Pattern.compile("user@([0-9]{1,10})\\.service");

  private static final String NO_USER = "";
  private static final int ROOT = 0;

  private final Cgroups unified;
  private final Map<String, Path> mounts;
  private final int root;

  /**
   * @param unified for the paths of v2 where it is not mounted; null if there is none
   * @param mounts where the hierarchies are mounted, by controller; that of v2 is ""
   * @param root the uid of root
   */
  CgroupOwners(Cgroups unified, Map<String, Path> mounts, int root) {
    this.unified = unified;
    this.mounts = Map.copyOf(mounts);
    this.root = root;
  }

  /**
   * A path, split where root's names end.
   *
   * @param names root's, from the root on
   * @param below those that anybody may have made
   * @param user the uid of whoever owns the last of root's cgroups, if there are names below it
   */
  record Division(List<String> names, List<String> below, String user) {}

  /** Knows users' service managers only. */
  static CgroupOwners ofPaths() {
    return new CgroupOwners(null, Map.of(), ROOT);
  }

  static CgroupOwners open() {
    Map<String, Path> mounts = new HashMap<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/mounts"), StandardCharsets.UTF_8)) {
        addMount(mounts, line);
      }
    } catch (IOException e) {
      // The names of users' service managers still tell.
    }
    Cgroups unified = null;
    if (!mounts.containsKey("")) {
      try {
        unified = Cgroups.open();
        mounts.put("", unified.directory());
      } catch (IOException e) {
        // As above.
      }
    }
    return new CgroupOwners(unified, mounts, ROOT);
  }

  private static void addMount(Map<String, Path> mounts, String line) {
    // device, mount point, type, options, rest
    String[] fields = line.split(" ", 5);
    if (fields.length == 5 && fields[2].equals("cgroup2")) {
      mounts.putIfAbsent("", Path.of(fields[1]));
    } else if (fields.length == 5 && fields[2].equals("cgroup")) {
      for (String option : fields[3].split(",", -1)) {
        mounts.putIfAbsent(option, Path.of(fields[1]));
      }
    }
  }

  /**
   * Divides a path.
   *
   * @param controllers as in /proc/PID/cgroup: empty for v2
   */
  Division divide(String controllers, String path) {
    List<String> names =
        List.of(path.split("/", -1)).stream()
            // From a cgroup namespace, others' paths begin by leaving it.
            .filter(name -> !name.isEmpty() && !name.equals(".."))
            .toList();
    boolean isAbsolute = !(path + '/').startsWith("/../");
    Path directory = isAbsolute ? mounts.get(controllers.split(",", 2)[0]) : null;
    for (int i = 0; i < names.size() - 1; i++) {
      directory = directory == null ? null : directory.resolve(names.get(i));
      String user = user(names.get(i), directory);
      if (!user.equals(NO_USER)) {
        return new Division(names.subList(0, i + 1), names.subList(i + 1, names.size()), user);
      }
    }
    return new Division(names, List.of(), NO_USER);
  }

  /** The uid of whoever may make cgroups in this one, {@link #NO_USER} if that is root alone. */
  private String user(String name, Path directory) {
    Matcher manager = USER_MANAGER.matcher(name);
    if (manager.matches()) {
      return manager.group(1);
    }
    if (directory != null) {
      try {
        Map<String, Object> attributes =
            Files.readAttributes(directory, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        int uid = (int) attributes.get("uid");
        boolean writable = ((int) attributes.get("mode") & GROUP_OR_OTHERS_WRITE) != 0;
        if (uid != root || writable) {
          return Integer.toUnsignedString(uid);
        }
      } catch (IOException e) {
        // It is gone, or is not mounted here.
      }
    }
    return NO_USER;
  }

  @Override
  public void close() {
    if (unified != null) {
      unified.close();
    }
  }
}
