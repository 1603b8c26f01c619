package io.github.pidflow.recording;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Builds the blocks of a pcapng file (draft-ietf-opsawg-pcapng), little endian, each padded to 32
 * bits and with its length at both ends.
 *
 * <pre>
 *  Section Header 0x0a0d0d0a | Interface Description 1 | Enhanced Packet 6 | Interface Statistics 5
 * </pre>
 */
final class PcapngBlock {
  static final int SECTION_HEADER = 0x0a0d0d0a;
  static final int INTERFACE_DESCRIPTION = 1;
  static final int INTERFACE_STATISTICS = 5;
  static final int ENHANCED_PACKET = 6;

  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int MAX_OPTION_BYTES = 1024;

  private static final int OPT_END = 0;
  private static final int OPT_COMMENT = 1;
  private static final int SHB_OS = 3;
  private static final int SHB_USERAPPL = 4;
  private static final int IF_NAME = 2;
  private static final int IF_DESCRIPTION = 3;
  private static final int IF_TSRESOL = 9;
  private static final int EPB_FLAGS = 2;
  private static final int ISB_STARTTIME = 2;
  private static final int ISB_ENDTIME = 3;
  private static final int ISB_IFRECV = 4;
  private static final int ISB_OSDROP = 7;
  private static final byte NANOSECONDS = 9;

  /** Bytes of an Enhanced Packet Block besides the packet and the comment, padding included. */
  static final int MAX_PACKET_OVERHEAD = 64;

  private final ByteBuffer at;
  private int start;

  /** Writes at the position of a buffer, which has to have the room. */
  PcapngBlock(ByteBuffer buffer) {
    at = buffer.order(ByteOrder.LITTLE_ENDIAN);
  }

  void sectionHeader(String application, String comment) {
    begin(SECTION_HEADER);
    at.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0);
    at.putLong(-1); // of whatever length
    text(OPT_COMMENT, comment);
    text(SHB_OS, System.getProperty("os.name") + ' ' + System.getProperty("os.version"));
    text(SHB_USERAPPL, application);
    end();
  }

  void interfaceDescription(int linkType, int snapLength, String name, String description) {
    begin(INTERFACE_DESCRIPTION);
    at.putShort((short) linkType).putShort((short) 0).putInt(snapLength);
    text(IF_NAME, name);
    if (!description.isEmpty()) {
      text(IF_DESCRIPTION, description);
    }
    at.putShort((short) IF_TSRESOL).putShort((short) 1).put(NANOSECONDS);
    pad();
    end();
  }

  /** Begins a packet; its bytes follow, then {@link #endPacket}. */
  void beginPacket(int interfaceId, long timestampNanos, int capturedLength, int wireLength) {
    begin(ENHANCED_PACKET);
    at.putInt(interfaceId);
    timestamp(timestampNanos);
    at.putInt(capturedLength).putInt(wireLength);
  }

  void endPacket(int flags, byte[] comment) {
    pad();
    at.putShort((short) EPB_FLAGS).putShort((short) 4).putInt(flags);
    bytes(OPT_COMMENT, comment, comment.length);
    end();
  }

  /** All counts are since the recording began. */
  void interfaceStatistics(
      int interfaceId,
      long beginNanos,
      long endNanos,
      long received,
      long droppedByKernel,
      String comment) {
    begin(INTERFACE_STATISTICS);
    at.putInt(interfaceId);
    timestamp(endNanos);
    text(OPT_COMMENT, comment);
    at.putShort((short) ISB_STARTTIME).putShort((short) 8);
    timestamp(beginNanos);
    at.putShort((short) ISB_ENDTIME).putShort((short) 8);
    timestamp(endNanos);
    count(ISB_IFRECV, received);
    count(ISB_OSDROP, droppedByKernel);
    end();
  }

  private void count(int code, long value) {
    at.putShort((short) code).putShort((short) 8).putLong(value);
  }

  /** The two halves of a time stamp have an order of their own: the upper one is first. */
  private void timestamp(long nanos) {
    at.putInt((int) (nanos >>> 32)).putInt((int) nanos);
  }

  private void text(int code, String text) {
    byte[] utf8 = text.getBytes(UTF_8);
    int length = Math.min(utf8.length, MAX_OPTION_BYTES);
    while (length < utf8.length && length > 0 && (utf8[length] & 0xc0) == 0x80) {
      length--; // not in the middle of a character
    }
    bytes(code, utf8, length);
  }

  private void bytes(int code, byte[] value, int length) {
    at.putShort((short) code).putShort((short) length).put(value, 0, length);
    pad();
  }

  private void pad() {
    while ((at.position() - start & 3) != 0) {
      at.put((byte) 0);
    }
  }

  private void begin(int type) {
    start = at.position();
    at.putInt(type).putInt(0);
  }

  private void end() {
    at.putShort((short) OPT_END).putShort((short) 0);
    int length = at.position() + 4 - start;
    at.putInt(length);
    at.putInt(start + 4, length);
  }
}
