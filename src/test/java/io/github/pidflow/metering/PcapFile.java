package io.github.pidflow.metering;

import io.github.pidflow.decode.FrameBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes capture files for tests, in the format of pcap-savefile(5), big endian.
 *
 * <pre>
 *   file    4 magic | 2+2 version | 4 zone | 4 accuracy | 4 snap length | 4 link type
 *   packet  4 seconds | 4 microseconds | 4 captured length | 4 wire length | bytes
 * </pre>
 */
public final class PcapFile {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  private static final int SECONDS = 1_700_000_000;

  private PcapFile() {}

  /** Frames of one link type, that of the first frame. */
  public static Path write(Path file, FrameBuilder... frames) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);
    out.putInt(MAGIC_MICROSECONDS).putShort((short) 2).putShort((short) 4).putLong(0);
    out.putInt(65535).putInt(frames[0].frame().linkType().code());
    for (FrameBuilder frame : frames) {
      byte[] bytes = frame.bytes();
      out.putInt(SECONDS).putInt(0).putInt(bytes.length).putInt(bytes.length).put(bytes);
    }
    return Files.write(file, Arrays.copyOf(out.array(), out.position()));
  }

  /** Removes bytes from the end, as in the file of a killed capture. */
  public static Path cut(Path file, int bytes) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    return Files.write(file, Arrays.copyOf(whole, whole.length - bytes));
  }
}
