package io.github.pidflow.recording;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads pcapng strictly by its specification, without any of the program's code: lengths at both
 * ends, zero padding, options up to their end.
 */
final class PcapngReader {
  private PcapngReader() {}

  /** A block: its type, its fixed part, the packet's bytes if it has one, and its options. */
  record Block(int type, ByteBuffer fixed, ByteBuffer packet, Map<Integer, byte[]> options) {
    String text(int option) {
      return new String(options.getOrDefault(option, new byte[0]), UTF_8);
    }

    long number(int option) {
      ByteBuffer value = ByteBuffer.wrap(options.get(option)).order(ByteOrder.LITTLE_ENDIAN);
      return value.capacity() == 8 ? value.getLong() : value.getInt();
    }

    long timestamp(int at) {
      return (long) fixed.getInt(at) << 32 | Integer.toUnsignedLong(fixed.getInt(at + 4));
    }
  }

  static List<Block> read(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Block> blocks = new ArrayList<>();
    while (in.hasRemaining()) {
      blocks.add(block(in));
    }
    return blocks;
  }

  private static Block block(ByteBuffer in) {
    int start = in.position();
    int type = in.getInt();
    int length = in.getInt();
    check(length % 4 == 0 && length >= 12, "length " + length);
    check(in.getInt(start + length - 4) == length, "another length at the end");
    int fixedBytes = fixedBytes(type);
    ByteBuffer fixed = in.slice(in.position(), fixedBytes).order(ByteOrder.LITTLE_ENDIAN);
    if (type == 0x0a0d0d0a) {
      check(fixed.getInt(0) == 0x1a2b3c4d, "byte order magic");
      check(fixed.getShort(4) == 1 && fixed.getShort(6) == 0, "version");
    }
    in.position(in.position() + fixedBytes);
    ByteBuffer packet = ByteBuffer.allocate(0);
    if (type == 6) {
      packet = in.slice(in.position(), fixed.getInt(12));
      in.position(in.position() + packet.limit());
      pad(in, packet.limit());
    }
    Map<Integer, byte[]> options = options(in, start + length - 4);
    in.position(start + length);
    return new Block(type, fixed, packet, options);
  }

  private static int fixedBytes(int type) {
    return switch (type) {
      case 0x0a0d0d0a -> 16;
      case 1 -> 8;
      case 5 -> 12;
      case 6 -> 20;
      default -> throw new IllegalStateException("block type " + type);
    };
  }

  private static Map<Integer, byte[]> options(ByteBuffer in, int end) {
    Map<Integer, byte[]> options = new LinkedHashMap<>();
    while (in.position() < end) {
      int code = Short.toUnsignedInt(in.getShort());
      byte[] value = new byte[Short.toUnsignedInt(in.getShort())];
      if (code == 0) {
        check(value.length == 0 && in.position() == end, "options go on after their end");
        return options;
      }
      in.get(value);
      pad(in, value.length);
      check(options.put(code, value) == null, "option " + code + " twice");
    }
    return options;
  }

  private static void pad(ByteBuffer in, int length) {
    for (int i = length; i % 4 != 0; i++) {
      check(in.get() == 0, "padding");
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }
}
