package io.github.pidflow.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads files that whoever may write to their directory can replace while the daemon runs: by a
 * link to a device that never ends, or by a FIFO that nobody writes to.
 */
public final class RegularFile {
  /** Far more than settings, certificates and keys need. */
  static final int MAX_BYTES = 1 << 20;

  private RegularFile() {}

  /**
   * The text of a file.
   *
   * @throws IOException also if it is no regular file, or has more than 1 MiB
   */
  public static String read(Path file, Charset charset) throws IOException {
    // Of a link, what it leads to: Kubernetes mounts settings as links.
    if (Files.readAttributes(file, "isRegularFile").get("isRegularFile").equals(false)) {
      throw new IOException("it is not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("it has more than 1 MiB");
      }
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
  }
}
