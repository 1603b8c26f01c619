package io.github.pidflow.capture;

import io.github.pidflow.runtime.DaemonCounters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.function.IntFunction;

/** A ring as the kernel would fill it, in ordinary memory, that can be handed over again. */
public final class MemoryRing {
  private static final int BLOCK_BYTES = 1 << 20;
  private static final int BLOCKS = 16;
  private static final int SLOT_BYTES = 160;
  private static final int STATUS = 8;
  private static final int NUM_PKTS = 12;
  private static final int ETHER = 1;
  private static final int IPV4 = 0x0800;

  private final ByteBuffer ring =
      ByteBuffer.allocateDirect(BLOCK_BYTES * BLOCKS).order(ByteOrder.nativeOrder());
  private final RingReader reader =
      new RingReader(0, ring, BLOCK_BYTES, Duration.ofMillis(20), new DaemonCounters());
  private final int packetsPerBlock = (BLOCK_BYTES - BlockBuilder.FIRST_PACKET) / SLOT_BYTES;

  /** Fills all of it with these packets. */
  public void fill(int interfaceIndex, IntFunction<byte[]> packets) {
    for (int block = 0; block < BLOCKS; block++) {
      BlockBuilder builder = new BlockBuilder(ring, block * BLOCK_BYTES);
      for (int i = 0; i < packetsPerBlock; i++) {
        byte[] packet = packets.apply(block * packetsPerBlock + i);
        builder.packet(packet, packet.length, 14, ETHER, IPV4).seen(interfaceIndex, 0, 1, i);
      }
      builder.handOver();
    }
  }

  public int size() {
    return packetsPerBlock * BLOCKS;
  }

  /** Hands so many packets over, and reads them. */
  public void read(FrameHandler handler, int packets) {
    int left = packets;
    int block = 0;
    while (left > 0) {
      ring.putInt(block * BLOCK_BYTES + NUM_PKTS, Math.min(left, packetsPerBlock));
      ring.putInt(block * BLOCK_BYTES + STATUS, 1);
      int handled;
      do {
        handled = reader.poll(handler, 1024);
        left -= handled;
      } while (handled > 0);
      block = (block + 1) % BLOCKS;
    }
  }
}
