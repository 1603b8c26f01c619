package io.github.pidflow.sockets;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.linux.BpfInstruction;
import io.github.pidflow.linux.NetlinkSocket;
import java.util.List;

/**
 * The classic BPF program in front of the reports of destroyed sockets. A UDP socket that never had
 * a port never sent or received, and a program that looks for a free address makes thousands of
 * them a second; those reports are dropped in the kernel.
 *
 * <pre>
 * struct inet_diag_msg
 *  0 u8  idiag_family   1 u8  idiag_state   2 u8  idiag_timer   3 u8  idiag_retrans
 *  4 be16 idiag_sport   ...
 * 72 attributes
 * </pre>
 */
final class DestroyEventFilter {
  // linux/filter.h
  private static final int LD_H_ABS = 0x28;
  private static final int LD_W_IMM = 0x00;
  private static final int LDX_W_IMM = 0x01;
  private static final int LD_W_ABS = 0x20;
  private static final int TAX = 0x07;
  private static final int LD_B_IND = 0x50;
  private static final int JEQ_K = 0x15;
  private static final int RET_K = 0x06;
  private static final int WHOLE = -1;

  /** Finds the attribute of the type in X from the offset in A on; 0 if there is none. */
  private static final int SKF_AD_NLATTR = -0x1000 + 12;

  private static final int IDIAG_SPORT = NetlinkSocket.HEADER_BYTES + 4;
  private static final int ATTRIBUTES = NetlinkSocket.HEADER_BYTES + 72;
  private static final int INET_DIAG_PROTOCOL = 10;
  private static final int ATTRIBUTE_HEADER_BYTES = 4;

  /** Jumps count the instructions skipped. */
  static final List<BpfInstruction> PROGRAM =
      List.of(
          new BpfInstruction(LD_H_ABS, 0, 0, IDIAG_SPORT),
          new BpfInstruction(JEQ_K, 0, 6, 0),
          new BpfInstruction(LDX_W_IMM, 0, 0, INET_DIAG_PROTOCOL),
          new BpfInstruction(LD_W_IMM, 0, 0, ATTRIBUTES),
          new BpfInstruction(LD_W_ABS, 0, 0, SKF_AD_NLATTR),
          new BpfInstruction(TAX, 0, 0, 0),
          new BpfInstruction(LD_B_IND, 0, 0, ATTRIBUTE_HEADER_BYTES),
          new BpfInstruction(JEQ_K, 1, 0, Protocol.UDP),
          new BpfInstruction(RET_K, 0, 0, WHOLE),
          new BpfInstruction(RET_K, 0, 0, 0));

  private DestroyEventFilter() {}
}
