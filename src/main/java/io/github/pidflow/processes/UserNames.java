package io.github.pidflow.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;

/**
 * User names by uid, from passwd(5). Name services are not queried: they may need the network and
 * would stall a scan. A uid without a name is shown as a number.
 */
final class UserNames {
  private static final long MAX_UID = 0xffff_ffffL;

  private final Path passwd;
  private FileTime readAt;
  private Map<Integer, String> names = Map.of();

  UserNames(Path passwd) {
    this.passwd = passwd;
  }

  /** The name of a uid, which is unsigned. */
  String name(int uid) {
    refresh();
    return names.getOrDefault(uid, Integer.toUnsignedString(uid));
  }

  private void refresh() {
    try {
      FileTime changed = Files.getLastModifiedTime(passwd);
      if (changed.equals(readAt)) {
        return;
      }
      readAt = changed;
      names = parse(Files.readAllBytes(passwd));
    } catch (IOException e) {
      readAt = null;
      names = Map.of();
    }
  }

  static Map<Integer, String> parse(byte[] passwd) {
    Map<Integer, String> names = new HashMap<>();
    for (String line : new String(passwd, StandardCharsets.UTF_8).split("\n", -1)) {
      String[] fields = line.split(":", 4);
      if (fields.length == 4 && fields[2].matches("\\d{1,10}")) {
        long uid = Long.parseLong(fields[2]);
        if (uid <= MAX_UID) {
          names.putIfAbsent((int) uid, fields[0]);
        }
      }
    }
    return names;
  }
}
