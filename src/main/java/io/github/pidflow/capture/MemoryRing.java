package io.github.pidflow.capture;

import io.github.pidflow.runtime.DaemonCounters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * A ring in ordinary memory that holds the same packets for ever: for what is to be read as packets
 * of the kernel are, without a kernel. Its layout is {@link TpacketBlock}'s.
 */
public final class MemoryRing {
  public static final int ARPHRD_ETHER = TpacketBlock.ARPHRD_ETHER;
  public static final int ARPHRD_LOOPBACK = TpacketBlock.ARPHRD_LOOPBACK;

  /** A tun device, for one, which has no link header. */
  public static final int ARPHRD_NONE = 0xfffe;

  private static final int FIRST_PACKET = 48;

  /** Where the kernel puts a frame so that what follows 14 bytes of Ethernet is aligned. */
  private static final int FRAME = 82;

  private static final int ETHERNET_BYTES = 14;
  private static final int ETHER_TYPE = 12;
  private static final int ALIGNMENT = 16;

  private final int blockSize;
  private final int blockCount;
  private final ByteBuffer ring;
  private final RingReader reader;
  private int block;
  private int last;
  private int next = FIRST_PACKET;

  public MemoryRing(int namespace, int blockSize, int blockCount) {
    this.blockSize = blockSize;
    this.blockCount = blockCount;
    ring = ByteBuffer.allocateDirect(blockSize * blockCount).order(ByteOrder.nativeOrder());
    reader = new RingReader(namespace, ring, blockSize, Duration.ZERO, new DaemonCounters());
  }

  /**
   * Adds a frame if there is room for it.
   *
   * @param frame with an Ethernet header, which is passed over if the device has none
   * @param hatype the kind of the device, an ARPHRD_ of linux/if_arp.h
   * @param packetType the kernel's code, see packet(7)
   */
  public boolean add(byte[] frame, int hatype, int interfaceIndex, int packetType) {
    int length = FRAME + frame.length + ALIGNMENT - 1 & -ALIGNMENT;
    if (next + length > blockSize) {
      if (block + 1 == blockCount) {
        return false;
      }
      block++;
      next = FIRST_PACKET;
    }
    int start = block * blockSize;
    if (next == FIRST_PACKET) {
      ring.putInt(start + TpacketBlock.OFFSET_TO_FIRST_PKT, FIRST_PACKET);
    } else {
      ring.putInt(last + TpacketBlock.TP_NEXT_OFFSET, start + next - last);
    }
    last = start + next;
    next += length;
    ring.putInt(last + TpacketBlock.TP_SNAPLEN, frame.length)
        .putInt(last + TpacketBlock.TP_LEN, frame.length);
    ring.putShort(last + TpacketBlock.TP_MAC, (short) FRAME);
    ring.putShort(last + TpacketBlock.TP_NET, (short) (FRAME + ETHERNET_BYTES));
    ring.putInt(last + TpacketBlock.SLL_IFINDEX, interfaceIndex)
        .put(last + TpacketBlock.SLL_PKTTYPE, (byte) packetType);
    ring.putShort(last + TpacketBlock.SLL_HATYPE, (short) hatype);
    ring.put(last + TpacketBlock.SLL_PROTOCOL, frame, ETHER_TYPE, Short.BYTES);
    ring.put(last + FRAME, frame);
    ring.putInt(start + TpacketBlock.NUM_PKTS, ring.getInt(start + TpacketBlock.NUM_PKTS) + 1);
    return true;
  }

  /**
   * Hands every block that has packets over, and reads them; returns how many there were.
   *
   * @param limit how many at a time, which makes a difference to the JIT compiler only
   */
  public int read(FrameHandler handler, int limit) {
    int packets = 0;
    for (int i = 0; i < blockCount; i++) {
      ring.putInt(i * blockSize + TpacketBlock.BLOCK_STATUS, TpacketBlock.TP_STATUS_USER);
      int handled = 1;
      while (handled > 0) {
        handled = reader.poll(handler, limit);
        packets += handled;
      }
    }
    return packets;
  }
}
