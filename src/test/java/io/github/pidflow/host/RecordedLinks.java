package io.github.pidflow.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** What a kernel said of some interfaces; the file tells how it was recorded. */
final class RecordedLinks {
  private static final String FILE = "/rtnetlink/links.txt";

  private RecordedLinks() {}

  /** The payload of the RTM_NEWLINK of an interface. */
  static ByteBuffer of(String name) {
    StringBuilder hex = new StringBuilder();
    boolean wanted = false;
    for (String line : text().lines().toList()) {
      if (line.endsWith(":")) {
        wanted = line.equals(name + ":");
      } else if (wanted) {
        hex.append(line);
      }
    }
    if (hex.isEmpty()) {
      throw new IllegalArgumentException(FILE + " has no " + name);
    }
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String text() {
    try (InputStream in = RecordedLinks.class.getResourceAsStream(FILE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
