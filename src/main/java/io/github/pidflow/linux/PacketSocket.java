package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * An AF_PACKET socket (packet(7)) with a TPACKET_V3 receive ring. It receives nothing until {@link
 * #bindToAllInterfaces()}, so no frame can pass before the filter is in place.
 */
public final class PacketSocket extends Pollable implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int ETH_P_ALL = 3;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;

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

  private static final int SOCKADDR_LL_BYTES = 20;

  private final Descriptor descriptor;
  private final Memory statistics = new Memory(12);
  private final Memory statisticsLength = new Memory(4);

  private PacketSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  public static PacketSocket open() throws NativeIoException {
    return new PacketSocket(Descriptor.socket(AF_PACKET, SOCK_RAW, 0, "AF_PACKET, SOCK_RAW"));
  }

  /** Sets the ring up and maps it. The frame size only bounds what one frame may take. */
  public MappedRegion mapRing(int blockSizeBytes, int blockCount, int retireTimeoutMillis)
      throws NativeIoException {
    descriptor.setOption(SOL_PACKET, PACKET_VERSION, TPACKET_V3, "PACKET_VERSION, TPACKET_V3");
    int frameSize = 2048;
    // struct tpacket_req3
    int[] request = {
      blockSizeBytes,
      blockCount,
      frameSize,
      (int) ((long) blockSizeBytes * blockCount / frameSize),
      retireTimeoutMillis,
      0, // tp_sizeof_priv
      0, // tp_feature_req_word
    };
    try (Memory memory = new Memory((long) request.length * Integer.BYTES)) {
      memory.write(0, request, 0, request.length);
      String what = "PACKET_RX_RING, " + blockCount + " blocks of " + blockSizeBytes + " bytes";
      descriptor.setOption(SOL_PACKET, PACKET_RX_RING, memory, (int) memory.size(), what);
    }
    return MappedRegion.map(descriptor.fd(), blockSizeBytes * blockCount);
  }

  /** Puts a filter in front of the socket, at once instead of the one before. */
  public void attachFilter(List<BpfInstruction> program) throws NativeIoException {
    // struct sock_fprog { unsigned short len; struct sock_filter *filter; }
    try (Memory instructions = new Memory((long) program.size() * BpfInstruction.BYTES);
        Memory fprog = new Memory(16)) {
      for (int i = 0; i < program.size(); i++) {
        BpfInstruction instruction = program.get(i);
        long at = (long) i * BpfInstruction.BYTES;
        instructions.setShort(at, (short) instruction.code());
        instructions.setByte(at + 2, (byte) instruction.jumpTrue());
        instructions.setByte(at + 3, (byte) instruction.jumpFalse());
        instructions.setInt(at + 4, instruction.operand());
      }
      fprog.clear();
      fprog.setShort(0, (short) program.size());
      fprog.setPointer(8, instructions);
      String what = "SO_ATTACH_FILTER, " + program.size() + " instructions";
      descriptor.setOption(SOL_SOCKET, SO_ATTACH_FILTER, fprog, (int) fprog.size(), what);
    }
  }

  /** Starts to receive, on every interface there is and on those that come. */
  public void bindToAllInterfaces() throws NativeIoException {
    // struct sockaddr_ll { u16 family; be16 protocol; int ifindex; u16 hatype; u8 pkttype, halen;
    // u8 addr[8]; }
    ByteBuffer address = ByteBuffer.allocate(SOCKADDR_LL_BYTES).order(ByteOrder.nativeOrder());
    address.putShort(0, (short) AF_PACKET);
    address.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) ETH_P_ALL);
    descriptor.bind(address.array(), "AF_PACKET, all interfaces");
  }

  /**
   * Founds a group of sockets that share the packets, each flow staying with one of them.
   *
   * @return the group's id, for others to join by
   */
  public int foundFanout() throws NativeIoException {
    int type = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID;
    String what = "PACKET_FANOUT, PACKET_FANOUT_HASH";
    descriptor.setOption(SOL_PACKET, PACKET_FANOUT, type << FANOUT_TYPE_SHIFT, what);
    return descriptor.intOption(SOL_PACKET, PACKET_FANOUT, "PACKET_FANOUT") & 0xffff;
  }

  /** Joins a group; from then on this socket gets its share of the flows, and no other packet. */
  public void joinFanout(int id) throws NativeIoException {
    int type = PACKET_FANOUT_HASH << FANOUT_TYPE_SHIFT;
    descriptor.setOption(SOL_PACKET, PACKET_FANOUT, type | id, "PACKET_FANOUT, group " + id);
  }

  /** Keeps an interface promiscuous for as long as this socket is open. */
  public void setPromiscuous(int interfaceIndex) throws NativeIoException {
    // struct packet_mreq { int ifindex; u16 type; u16 alen; u8 address[8]; }
    try (Memory request = new Memory(16)) {
      request.clear();
      request.setInt(0, interfaceIndex);
      request.setShort(4, PACKET_MR_PROMISC);
      descriptor.setOption(
          SOL_PACKET,
          PACKET_ADD_MEMBERSHIP,
          request,
          16,
          "promiscuous mode, interface " + interfaceIndex);
    }
  }

  /**
   * Packets and drops since the last call: the kernel starts anew at each.
   *
   * @return {@code packets << 32 | drops}; packets include those dropped
   */
  public long takeStatistics() throws NativeIoException {
    // struct tpacket_stats_v3 { unsigned packets, drops, freeze_q_cnt; }
    statisticsLength.setInt(0, (int) statistics.size());
    int result =
        LibC.getsockopt(
            descriptor.fd(), SOL_PACKET, PACKET_STATISTICS, statistics, statisticsLength);
    if (result != 0) {
      throw NativeIoException.last("getsockopt(PACKET_STATISTICS)");
    }
    return Integer.toUnsignedLong(statistics.getInt(0)) << 32
        | Integer.toUnsignedLong(statistics.getInt(4));
  }

  /** See {@link Descriptor#awaitInput}. */
  public boolean awaitInput(int timeoutMillis) throws NativeIoException {
    return descriptor.awaitInput(timeoutMillis);
  }

  @Override
  int[] fds() {
    return new int[] {descriptor.fd()};
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
