package io.github.pidflow.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Fills a block of a ring as the kernel does (net/packet/af_packet.c): a block header of 48 bytes,
 * then packets, each with its header at 0, its sockaddr_ll at 48, its frame at 82 so that the
 * network header after 14 bytes of Ethernet is aligned, and the next packet at a multiple of 8.
 */
final class BlockBuilder {
  static final int FIRST_PACKET = 48;
  static final int FRAME = 82;

  private final ByteBuffer ring;
  private final int block;
  private int at;
  private int last = -1;
  private int count;

  BlockBuilder(ByteBuffer ring, int block) {
    this.ring = ring.order(ByteOrder.nativeOrder());
    this.block = block;
    at = block + FIRST_PACKET;
    ring.putInt(block + 16, FIRST_PACKET);
  }

  /** One packet, of which {@code frame} was captured; fields it does not tell stay 0. */
  BlockBuilder packet(byte[] frame, int wireLength, int headerLength, int hatype, int etherType) {
    if (last >= 0) {
      ring.putInt(last, at - last);
    }
    last = at;
    ring.putInt(at + 12, frame.length);
    ring.putInt(at + 16, wireLength);
    ring.putShort(at + 24, (short) FRAME);
    ring.putShort(at + 26, (short) (FRAME + headerLength));
    ring.putShort(at + 56, (short) hatype);
    ring.put(at + 50, (byte) (etherType >> 8)).put(at + 51, (byte) etherType);
    ring.put(at + FRAME, frame);
    at += FRAME + frame.length + 7 & ~7;
    count++;
    return this;
  }

  /** Where and when the last packet was seen. */
  BlockBuilder seen(int interfaceIndex, int packetType, int seconds, int nanos) {
    ring.putInt(last + 4, seconds).putInt(last + 8, nanos);
    ring.putInt(last + 52, interfaceIndex).put(last + 58, (byte) packetType);
    return this;
  }

  BlockBuilder vlan(int status, int tci) {
    ring.putInt(last + 20, status).putInt(last + 32, tci);
    return this;
  }

  /** Offset in the ring of the last packet's header. */
  int last() {
    return last;
  }

  /** Hands the block over, as the kernel's last step. */
  void handOver() {
    ring.putInt(block + 12, count);
    ring.putInt(block + 8, 1);
  }
}
