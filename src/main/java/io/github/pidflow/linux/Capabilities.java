package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The effective capabilities(7) of this process. */
public final class Capabilities {
  public static final int CAP_NET_RAW = 13;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String CAP_EFF = "CapEff:";

  private static final long ALL = -1;

  private Capabilities() {}

  /** Whether this process has a capability. If that cannot be read, it is assumed to have it. */
  public static boolean has(int capability) {
    return (effective() >>> capability & 1) != 0;
  }

  /** The capabilities of this process as a mask; all of them if they cannot be read. */
  static long effective() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(CAP_EFF))
          .map(line -> Long.parseUnsignedLong(line.substring(CAP_EFF.length()).strip(), 16))
          .findFirst()
          .orElse(ALL);
    } catch (IOException | NumberFormatException e) {
      return ALL;
    }
  }
}
