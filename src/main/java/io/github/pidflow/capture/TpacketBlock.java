package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Flyweight over one block of a TPACKET_V3 ring and its next packet (linux/if_packet.h). Native
 * byte order, except where be16 is noted.
 *
 * <pre>
 * struct tpacket_block_desc          struct tpacket3_hdr              struct sockaddr_ll
 *  0 u32 version                      0 u32 tp_next_offset            48 u16  sll_family
 *  4 u32 offset_to_priv               4 u32 tp_sec                    50 be16 sll_protocol
 *  8 u32 block_status                 8 u32 tp_nsec                   52 s32  sll_ifindex
 * 12 u32 num_pkts                    12 u32 tp_snaplen                56 u16  sll_hatype
 * 16 u32 offset_to_first_pkt         16 u32 tp_len                    58 u8   sll_pkttype
 * 20 u32 blk_len                     20 u32 tp_status                 59 u8   sll_halen
 * 24 u64 seq_num ...                 24 u16 tp_mac                    60 u8   sll_addr[8]
 *                                    26 u16 tp_net
 *                                    28 u32 tp_rxhash
 *                                    32 u32 tp_vlan_tci
 *                                    36 u16 tp_vlan_tpid ...
 * </pre>
 *
 * The kernel owns a block until it sets TP_STATUS_USER in block_status. That word is read with
 * acquire semantics, and cleared with release semantics once every packet has been read.
 */
final class TpacketBlock {
  private static final VarHandle STATUS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  static final int BLOCK_STATUS = 8;
  static final int NUM_PKTS = 12;
  static final int OFFSET_TO_FIRST_PKT = 16;

  private static final int TP_STATUS_KERNEL = 0;
  static final int TP_STATUS_USER = 1;
  private static final int TP_STATUS_VLAN_VALID = 1 << 4;

  static final int TP_NEXT_OFFSET = 0;
  private static final int TP_SEC = 4;
  private static final int TP_NSEC = 8;
  static final int TP_SNAPLEN = 12;
  static final int TP_LEN = 16;
  private static final int TP_STATUS = 20;
  static final int TP_MAC = 24;
  static final int TP_NET = 26;
  private static final int TP_VLAN_TCI = 32;
  static final int SLL_PROTOCOL = 50;
  static final int SLL_IFINDEX = 52;
  static final int SLL_HATYPE = 56;
  static final int SLL_PKTTYPE = 58;
  private static final int HEADERS_BYTES = 68;

  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private final ByteBuffer ring;
  private final int blockSize;
  private int block;
  private int end;
  private int packet;
  private int remaining;

  TpacketBlock(ByteBuffer ring, int blockSize) {
    this.ring = ring;
    this.blockSize = blockSize;
  }

  /** Whether the kernel has handed over the block at an offset of the ring. */
  boolean isHandedOver(int offset) {
    return ((int) STATUS.getAcquire(ring, offset + BLOCK_STATUS) & TP_STATUS_USER) != 0;
  }

  /** Opens the block at an offset of the ring; false if the kernel has not handed it over. */
  boolean open(int offset) {
    if (!isHandedOver(offset)) {
      return false;
    }
    block = offset;
    end = offset + blockSize;
    remaining = ring.getInt(offset + NUM_PKTS);
    packet = offset + ring.getInt(offset + OFFSET_TO_FIRST_PKT);
    return true;
  }

  /** Returns the block to the kernel. Nothing in it may be read afterwards. */
  void release() {
    remaining = 0;
    STATUS.setRelease(ring, block + BLOCK_STATUS, TP_STATUS_KERNEL);
  }

  /** How many packets of the open block have not been read yet. */
  int remaining() {
    return remaining;
  }

  /** The next packet's capture time, or 0 if its header lies outside the block. */
  long nextTimestampNanos() {
    return isInside(packet) ? timestampNanos(packet) : 0;
  }

  boolean hasNext() {
    return remaining > 0;
  }

  /**
   * Moves the frame to the next packet.
   *
   * @return false if the packet lies outside the block; the rest of the block is then skipped
   */
  boolean next(Frame frame) {
    int at = packet;
    if (!isInside(at)) {
      remaining = 0;
      return false;
    }
    remaining--;
    packet = at + ring.getInt(at + TP_NEXT_OFFSET);

    // Frames of other devices (tun, GRE, PPP) are read from their network header on.
    boolean ethernet =
        Arphrd.hasEthernetHeader(Short.toUnsignedInt(ring.getShort(at + SLL_HATYPE)));
    int mac = Short.toUnsignedInt(ring.getShort(at + TP_MAC));
    int start = ethernet ? mac : Short.toUnsignedInt(ring.getShort(at + TP_NET));
    int captured = ring.getInt(at + TP_SNAPLEN) - (start - mac);
    int wire = ring.getInt(at + TP_LEN) - (start - mac);
    if (captured < 0 || captured > end - at - start) {
      remaining = 0;
      return false;
    }
    frame
        .bytes(ring, at + start, captured, wire)
        .link(ethernet ? LinkType.ETHERNET : LinkType.NETWORK, bigEndian16(at + SLL_PROTOCOL))
        .seen(
            ring.getInt(at + SLL_IFINDEX),
            PacketType.of(ring.get(at + SLL_PKTTYPE)),
            vlanTci(at),
            timestampNanos(at));
    return true;
  }

  private boolean isInside(int at) {
    return at >= block && at <= end - HEADERS_BYTES;
  }

  private long timestampNanos(int at) {
    return Integer.toUnsignedLong(ring.getInt(at + TP_SEC)) * 1_000_000_000L
        + ring.getInt(at + TP_NSEC);
  }

  private int vlanTci(int at) {
    return (ring.getInt(at + TP_STATUS) & TP_STATUS_VLAN_VALID) == 0
        ? Frame.NO_VLAN_TAG
        : ring.getInt(at + TP_VLAN_TCI) & 0xffff;
  }

  private int bigEndian16(int at) {
    short value = ring.getShort(at);
    return Short.toUnsignedInt(LITTLE_ENDIAN ? Short.reverseBytes(value) : value);
  }
}
