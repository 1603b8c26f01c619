package io.github.pidflow.capture;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes capture files: pcap-savefile(5), and the blocks of pcapng that are needed here. */
final class CaptureFileBuilder {
  static final int MICROS = 0xa1b2c3d4;
  static final int NANOS = 0xa1b23c4d;

  private final ByteOrder order;
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  private CaptureFileBuilder(ByteOrder order) {
    this.order = order;
  }

  static CaptureFileBuilder pcap(ByteOrder order, int magic, int linkType) {
    CaptureFileBuilder builder = new CaptureFileBuilder(order);
    ByteBuffer header = builder.words(24);
    header.putInt(magic).putShort((short) 2).putShort((short) 4).putLong(0);
    builder.write(header.putInt(65_535).putInt(linkType));
    return builder;
  }

  CaptureFileBuilder packet(byte[] frame, int wireLength, int seconds, int fraction) {
    ByteBuffer header = words(16).putInt(seconds).putInt(fraction);
    write(header.putInt(frame.length).putInt(wireLength));
    file.writeBytes(frame);
    return this;
  }

  /** A section header block. */
  static CaptureFileBuilder pcapng(ByteOrder order) {
    CaptureFileBuilder builder = new CaptureFileBuilder(order);
    ByteBuffer body = builder.words(16).putInt(0x1a2b3c4d);
    builder.block(0x0a0d0d0a, body.putShort((short) 1).putShort((short) 0).putLong(-1));
    return builder;
  }

  /** An interface description block; time is in the format's default, microseconds. */
  CaptureFileBuilder interfaceOf(int linkType) {
    block(1, words(8).putShort((short) linkType).putShort((short) 0).putInt(65_535));
    return this;
  }

  /** An enhanced packet block. */
  CaptureFileBuilder enhanced(int interfaceId, byte[] frame, int wireLength, long micros) {
    ByteBuffer body = words(20 + (frame.length + 3 & ~3)).putInt(interfaceId);
    body.putInt((int) (micros >>> 32)).putInt((int) micros);
    block(6, body.putInt(frame.length).putInt(wireLength).put(frame));
    return this;
  }

  byte[] bytes() {
    return file.toByteArray();
  }

  private void block(int type, ByteBuffer body) {
    int length = body.capacity() + 12;
    write(words(8).putInt(type).putInt(length));
    write(body);
    write(words(4).putInt(length));
  }

  private ByteBuffer words(int bytes) {
    return ByteBuffer.allocate(bytes).order(order);
  }

  private void write(ByteBuffer bytes) {
    byte[] all = new byte[bytes.capacity()];
    bytes.get(0, all);
    file.writeBytes(all);
  }
}
