package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tracepoint of the kernel: its id and the layout of its records, both from tracefs (ftrace). The
 * layout differs by kernel and architecture, so it is read, not assumed.
 */
public final class Tracepoint {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final String TYPE = "tracefs";
  private static final Pattern FIELD =
      Pattern.compile("field:[^;]*?(\\w+)(?:\\[\\d*])?;\\s*offset:(\\d+);\\s*size:(\\d+);");
  private static final Pattern ID = Pattern.compile("(?m)^ID:\\s*(\\d+)$");

  private final String name;
  private final int id;
  private final Map<String, Integer> offsets;
  private final int bytes;

  private Tracepoint(String name, int id, Map<String, Integer> offsets, int bytes) {
    this.name = name;
    this.id = id;
    this.offsets = offsets;
    this.bytes = bytes;
  }

  /**
   * Reads a tracepoint's description. If tracefs is mounted nowhere, this mounts it for the moment,
   * for this process alone.
   *
   * @param name with the group, such as {@code sock/sock_send_length}
   * @throws IOException if this kernel does not have it, or does not show it
   */
  public static Tracepoint find(String name) throws IOException {
    for (String line : Files.readAllLines(MOUNTS)) {
      // device, mount point, type, rest
      String[] fields = line.split(" ", 4);
      if (fields.length == 4 && fields[2].equals(TYPE)) {
        return read(Path.of(fields[1]), name);
      }
    }
    try (Descriptor root = DetachedMount.of(TYPE)) {
      return read(Path.of("/proc/self/fd/" + root.fd()), name);
    }
  }

  private static Tracepoint read(Path root, String name) throws IOException {
    Path format = root.resolve("events").resolve(name).resolve("format");
    try {
      return parse(name, Files.readString(format, StandardCharsets.US_ASCII));
    } catch (NoSuchFileException e) {
      throw new IOException("this kernel has no tracepoint " + name, e);
    }
  }

  static Tracepoint parse(String name, String format) throws IOException {
    Matcher id = ID.matcher(format);
    if (!id.find()) {
      throw new IOException("tracepoint " + name + " has no id");
    }
    Map<String, Integer> offsets = new HashMap<>();
    int bytes = 0;
    Matcher field = FIELD.matcher(format);
    while (field.find()) {
      int offset = Integer.parseInt(field.group(2));
      offsets.put(field.group(1), offset);
      bytes = Math.max(bytes, offset + Integer.parseInt(field.group(3)));
    }
    return new Tracepoint(name, Integer.parseInt(id.group(1)), offsets, bytes);
  }

  int id() {
    return id;
  }

  /** The least bytes of a record. */
  int bytes() {
    return bytes;
  }

  /**
   * Where a field begins in a record.
   *
   * @throws IOException if this kernel's record does not have it
   */
  public int offset(String field) throws IOException {
    Integer offset = offsets.get(field);
    if (offset == null) {
      throw new IOException("tracepoint " + name + " has no field " + field);
    }
    return offset;
  }

  @Override
  public String toString() {
    return name;
  }
}
