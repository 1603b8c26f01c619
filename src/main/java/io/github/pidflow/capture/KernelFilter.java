package io.github.pidflow.capture;

import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.linux.BpfInstruction;
import java.util.ArrayList;
import java.util.List;

/**
 * The classic BPF program in front of the ring. It samples first, because a packet dropped there
 * costs nothing more; then it selects interfaces, applies the user's filter and cuts at the snap
 * length.
 *
 * <pre>
 *   ld #rand;    drop unless below 2^32 / N     only when sampling one packet in N
 *   ld #ifindex; drop unless selected           only if interfaces are selected
 *   ld #hatype;  Ethernet or not?               only if there is a filter
 *   the filter as compiled by libpcap for DLT_EN10MB, ending in ret #snaplen or ret #0
 *   the filter as compiled by libpcap for DLT_RAW, likewise
 * </pre>
 *
 * The filter is there twice because one socket sees devices with and without an Ethernet header.
 */
final class KernelFilter {
  // linux/filter.h
  private static final int LD_W_ABS = 0x20;
  private static final int JA = 0x05;
  private static final int JEQ_K = 0x15;
  private static final int JGE_K = 0x35;
  private static final int RET_K = 0x06;
  private static final int SKF_AD_OFF = -0x1000;
  private static final int SKF_AD_IFINDEX = 8;
  private static final int SKF_AD_HATYPE = 28;
  private static final int SKF_AD_RANDOM = 56;

  /** BPF_MAXINSNS. */
  private static final int MAX_INSTRUCTIONS = 4096;

  /** Drops every packet. */
  static final List<BpfInstruction> DROP_ALL = List.of(new BpfInstruction(RET_K, 0, 0, 0));

  private final List<BpfInstruction> packetFilter;

  private KernelFilter(List<BpfInstruction> packetFilter) {
    this.packetFilter = packetFilter;
  }

  /** Passes every packet, cut at the snap length. */
  static KernelFilter passAll(int snapLength) {
    return new KernelFilter(List.of(new BpfInstruction(RET_K, 0, 0, snapLength)));
  }

  /** Applies one of two compiled filters to each packet, depending on its device. */
  static KernelFilter byLinkType(List<BpfInstruction> ethernet, List<BpfInstruction> raw) {
    List<BpfInstruction> program = new ArrayList<>();
    program.add(new BpfInstruction(LD_W_ABS, 0, 0, SKF_AD_OFF + SKF_AD_HATYPE));
    program.add(new BpfInstruction(JEQ_K, 2, 0, Arphrd.ETHER));
    program.add(new BpfInstruction(JEQ_K, 1, 0, Arphrd.LOOPBACK));
    program.add(new BpfInstruction(JA, 0, 0, ethernet.size()));
    program.addAll(ethernet);
    program.addAll(raw);
    return new KernelFilter(program);
  }

  /** The same filter with another snap length. */
  KernelFilter withSnapLength(int snapLength) {
    List<BpfInstruction> program = new ArrayList<>(packetFilter.size());
    for (BpfInstruction each : packetFilter) {
      boolean passes = each.code() == RET_K && each.operand() != 0;
      program.add(passes ? new BpfInstruction(RET_K, 0, 0, snapLength) : each);
    }
    return new KernelFilter(program);
  }

  /**
   * Assembles the program for the current interfaces.
   *
   * @param oneIn N, to pass each packet with probability 1 / N; 1 for all
   */
  List<BpfInstruction> program(
      InterfaceSelection selection, List<NetworkInterface> interfaces, int oneIn) {
    List<BpfInstruction> program = new ArrayList<>();
    if (oneIn > 1) {
      program.add(new BpfInstruction(LD_W_ABS, 0, 0, SKF_AD_OFF + SKF_AD_RANDOM));
      program.add(new BpfInstruction(JGE_K, 0, 1, (int) ((1L << 32) / oneIn)));
      program.add(new BpfInstruction(RET_K, 0, 0, 0));
    }
    if (!selection.selectsAll()) {
      program.add(new BpfInstruction(LD_W_ABS, 0, 0, SKF_AD_OFF + SKF_AD_IFINDEX));
      if (selection.requiresInclusion()) {
        List<NetworkInterface> wanted = interfaces.stream().filter(selection::selects).toList();
        for (int i = 0; i < wanted.size(); i++) {
          // Skip the remaining tests, two instructions each, and the ret #0 after them.
          int toPacketFilter = 2 * (wanted.size() - i - 1) + 1;
          program.add(new BpfInstruction(JEQ_K, 0, 1, wanted.get(i).index()));
          program.add(new BpfInstruction(JA, 0, 0, toPacketFilter));
        }
        program.add(new BpfInstruction(RET_K, 0, 0, 0));
      } else {
        interfaces.stream()
            .filter(each -> !selection.selects(each))
            .forEach(
                unwanted -> {
                  program.add(new BpfInstruction(JEQ_K, 0, 1, unwanted.index()));
                  program.add(new BpfInstruction(RET_K, 0, 0, 0));
                });
      }
    }
    program.addAll(packetFilter);
    if (program.size() > MAX_INSTRUCTIONS) {
      throw new IllegalStateException(
          "the kernel filter needs "
              + program.size()
              + " instructions, and the limit is "
              + MAX_INSTRUCTIONS
              + ": shorten pidflow.capture.filter, or let include-interfaces and"
              + " exclude-interfaces match fewer interfaces");
    }
    return program;
  }
}
