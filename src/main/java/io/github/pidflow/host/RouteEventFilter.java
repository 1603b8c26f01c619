package io.github.pidflow.host;

import io.github.pidflow.linux.BpfInstruction;
import io.github.pidflow.linux.NetlinkSocket;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The classic BPF program in front of rtnetlink's events. The main table of a router that speaks
 * BGP changes hundreds of times a second, and a host with containers adds queues all the time;
 * those events are dropped in the kernel.
 */
final class RouteEventFilter {
  // linux/filter.h
  private static final int LD_B_ABS = 0x30;
  private static final int JEQ_K = 0x15;
  private static final int RET_K = 0x06;
  private static final int WHOLE = -1;

  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_DELROUTE = 25;
  private static final int RTM_NEWQDISC = 36;
  private static final int RTM_NEWTCLASS = 40;
  private static final int RTM_DELTCLASS = 41;

  /** The lower byte of nlmsg_type, the u16 at offset 4. */
  private static final int TYPE_OFFSET = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 4 : 5;

  /** Jumps count the instructions skipped. */
  static final List<BpfInstruction> PROGRAM =
      List.of(
          new BpfInstruction(LD_B_ABS, 0, 0, TYPE_OFFSET),
          new BpfInstruction(JEQ_K, 4, 0, RTM_NEWROUTE),
          new BpfInstruction(JEQ_K, 3, 0, RTM_DELROUTE),
          new BpfInstruction(JEQ_K, 5, 0, RTM_NEWQDISC),
          new BpfInstruction(JEQ_K, 4, 0, RTM_NEWTCLASS),
          new BpfInstruction(JEQ_K, 3, 2, RTM_DELTCLASS),
          new BpfInstruction(LD_B_ABS, 0, 0, NetlinkSocket.HEADER_BYTES + LocalRouteMessage.TABLE),
          new BpfInstruction(JEQ_K, 0, 1, LocalRouteMessage.RT_TABLE_LOCAL),
          new BpfInstruction(RET_K, 0, 0, WHOLE),
          new BpfInstruction(RET_K, 0, 0, 0));

  private RouteEventFilter() {}
}
