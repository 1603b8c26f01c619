package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * An AF_PACKET socket (packet(7)) with a TPACKET_V3 receive ring. It receives nothing before {@link
 * #bindToAllInterfaces()}, so no frame arrives before the filter is attached.
 *
 * <pre>
 * struct sock_filter          struct sock_fprog          struct sockaddr_ll
 *  0 u16 code                  0 u16 len                  0 u16 sll_family
 *  2 u8  jt                    8 sock_filter *filter      2 be16 sll_protocol
 *  3 u8  jf                                               4 s32 sll_ifindex, 0 for all
 *  4 u32 k                    struct packet_mreq
 *                              0 s32 mr_ifindex          struct tpacket_stats_v3
 * struct tpacket_req3          4 u16 mr_type              0 u32 tp_packets
 *  seven u32, see mapRing      6 u16 mr_alen              4 u32 tp_drops
 *                              8 u8  mr_address[8]        8 u32 tp_freeze_q_cnt
 * </pre>
 */
public final class PacketSocket extends Pollable implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int ETH_P_ALL = 3;

  private static final int SOL_PACKET = 263;
  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final int PACKET_RX_RING = 5;
  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_VERSION = 10;
  private static final int PACKET_FANOUT = 18;
  private static final int PACKET_FANOUT_HASH = 0;
  private static final int PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;
  private static final int FANOUT_TYPE_SHIFT = 16;
  private static final int TPACKET_V3 = 2;
  private static final short PACKET_MR_PROMISC = 1;

  private static final int SLL_FAMILY = 0;
  private static final int SLL_PROTOCOL = 2;
  private static final int SOCKADDR_LL_BYTES = 20;

  private static final int MR_IFINDEX = 0;
  private static final int MR_TYPE = 4;
  private static final int PACKET_MREQ_BYTES = 16;

  private static final int TP_PACKETS = 0;
  private static final int TP_DROPS = 4;
  private static final int TPACKET_STATS_BYTES = 12;

  private static final int FRAME_BYTES = 2048;

  private final SocketDescriptor descriptor;
  private final Memory statistics = new Memory(TPACKET_STATS_BYTES);

  private PacketSocket(SocketDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  public static PacketSocket open() throws NativeIoException {
    return new PacketSocket(SocketDescriptor.open(AF_PACKET, SOCK_RAW, 0, "AF_PACKET, SOCK_RAW"));
  }

  /** Sets up the ring and maps it. */
  public MappedRegion mapRing(int blockSizeBytes, int blockCount, int retireTimeoutMillis)
      throws NativeIoException {
    descriptor.setOption(SOL_PACKET, PACKET_VERSION, TPACKET_V3, "PACKET_VERSION, TPACKET_V3");
    int[] request = {
      blockSizeBytes,
      blockCount,
      FRAME_BYTES, // tp_frame_size: TPACKET_V3 only checks that it divides the block
      (int) ((long) blockSizeBytes * blockCount / FRAME_BYTES),
      retireTimeoutMillis,
      0, // tp_sizeof_priv
      0, // tp_feature_req_word
    };
    try (Memory memory = new Memory((long) request.length * Integer.BYTES)) {
      memory.write(0, request, 0, request.length);
      String what = "PACKET_RX_RING, " + blockCount + " blocks of " + blockSizeBytes + " bytes";
      descriptor.setOption(SOL_PACKET, PACKET_RX_RING, memory, (int) memory.size(), what);
    }
    return MappedRegion.map(descriptor, blockSizeBytes * blockCount);
  }

  /** Attaches a filter to the socket, atomically replacing the previous one. */
  public void attachFilter(List<BpfInstruction> program) throws NativeIoException {
    descriptor.attachFilter(program);
  }

  /** Starts to receive on every interface, including those that are added later. */
  public void bindToAllInterfaces() throws NativeIoException {
    ByteBuffer address = ByteBuffer.allocate(SOCKADDR_LL_BYTES).order(ByteOrder.nativeOrder());
    address.putShort(SLL_FAMILY, (short) AF_PACKET);
    address.order(ByteOrder.BIG_ENDIAN).putShort(SLL_PROTOCOL, (short) ETH_P_ALL);
    descriptor.bind(address.array(), "AF_PACKET, all interfaces");
  }

  /**
   * Creates a group of sockets that share the packets. All packets of a flow go to the same socket.
   *
   * @return the group's id, with which other sockets join
   */
  public int createFanoutGroup() throws NativeIoException {
    int type = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID;
    String what = "PACKET_FANOUT, PACKET_FANOUT_HASH";
    descriptor.setOption(SOL_PACKET, PACKET_FANOUT, type << FANOUT_TYPE_SHIFT, what);
    return descriptor.readIntOption(SOL_PACKET, PACKET_FANOUT, "PACKET_FANOUT") & 0xffff;
  }

  /** Joins a group. From then on this socket receives its share of the flows and nothing else. */
  public void joinFanoutGroup(int id) throws NativeIoException {
    int type = PACKET_FANOUT_HASH << FANOUT_TYPE_SHIFT;
    descriptor.setOption(SOL_PACKET, PACKET_FANOUT, type | id, "PACKET_FANOUT, group " + id);
  }

  /** Puts an interface into promiscuous mode until this socket is closed. */
  public void setPromiscuous(int interfaceIndex) throws NativeIoException {
    try (Memory request = new Memory(PACKET_MREQ_BYTES)) {
      request.clear();
      request.setInt(MR_IFINDEX, interfaceIndex);
      request.setShort(MR_TYPE, PACKET_MR_PROMISC);
      descriptor.setOption(
          SOL_PACKET,
          PACKET_ADD_MEMBERSHIP,
          request,
          PACKET_MREQ_BYTES,
          "promiscuous mode, interface " + interfaceIndex);
    }
  }

  /**
   * Reads how many packets were received and dropped since the last call; the kernel resets both
   * counts at each call.
   *
   * @return {@code packets << 32 | drops}, where packets include the dropped ones
   */
  public long readStatistics() throws NativeIoException {
    descriptor.readOption(SOL_PACKET, PACKET_STATISTICS, statistics, "PACKET_STATISTICS");
    return Integer.toUnsignedLong(statistics.getInt(TP_PACKETS)) << 32
        | Integer.toUnsignedLong(statistics.getInt(TP_DROPS));
  }

  @Override
  List<Descriptor> descriptors() {
    return List.of(descriptor);
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
