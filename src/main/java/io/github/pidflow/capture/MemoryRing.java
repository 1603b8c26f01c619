package io.github.pidflow.capture;

import io.github.pidflow.flow.PacketType;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * A ring in ordinary memory whose packets can be read again and again, by the same code that reads
 * the kernel's ring: for warm-up and benchmarks. {@link TpacketBlock} describes the layout.
 */
public final class MemoryRing {
  private static final int FIRST_PACKET = 48;

  /** Where the kernel puts a frame, so that the header after 14 bytes of Ethernet is aligned. */
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
   * Adds a frame.
   *
   * @param frame with an Ethernet header, which the reader skips if the device has none
   * @param hardwareType of the device, see {@link Arphrd}
   * @return false if there is no room for it
   */
  public boolean add(byte[] frame, int hardwareType, int interfaceIndex, PacketType packetType) {
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
        .put(last + TpacketBlock.SLL_PKTTYPE, (byte) packetType.code());
    ring.putShort(last + TpacketBlock.SLL_HATYPE, (short) hardwareType);
    ring.put(last + TpacketBlock.SLL_PROTOCOL, frame, ETHER_TYPE, Short.BYTES);
    ring.put(last + FRAME, frame);
    ring.putInt(start + TpacketBlock.NUM_PKTS, ring.getInt(start + TpacketBlock.NUM_PKTS) + 1);
    return true;
  }

  /**
   * Reads all packets.
   *
   * @param limit how many per poll, which matters only to the JIT compiler
   * @return how many packets there were
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
