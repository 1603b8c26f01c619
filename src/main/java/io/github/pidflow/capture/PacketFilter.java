package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.linux.BpfInstruction;
import java.io.IOException;
import java.util.List;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * A pcap-filter(7) expression that is asked of frames on this side of the kernel: compiled by
 * libpcap, run here, since a call into the library for each packet would need a copy of it.
 *
 * <p>A frame's bytes are as the kernel shows them: without the VLAN tag it took out of them, so
 * {@code tcp port 80} matches tagged packets too, as it does in tcpdump.
 */
public final class PacketFilter {
  private static final int SNAP_LENGTH = 262_144;

  /** What a packet may cost the thread that counts. */
  private static final int MAX_INSTRUCTIONS = 512;

  private final BpfMachine ethernet;
  private final BpfMachine raw;
  private final BpfMachine cooked;

  private PacketFilter(String expression) throws IOException {
    ethernet = machine(expression, DataLinkType.EN10MB);
    raw = otherMachine(expression, Libpcap.DLT_RAW);
    cooked = otherMachine(expression, Libpcap.DLT_LINUX_SLL2);
  }

  /**
   * Compiles an expression.
   *
   * @throws IOException with libpcap's own words, if it is not valid
   */
  public static PacketFilter of(String expression) throws IOException {
    return new PacketFilter(expression);
  }

  private static BpfMachine machine(String expression, DataLinkType link) throws IOException {
    List<BpfInstruction> program = Libpcap.compile("filter", expression, link, SNAP_LENGTH);
    if (program.size() > MAX_INSTRUCTIONS) {
      throw new IOException(
          "filter: it takes "
              + program.size()
              + " instructions a packet and may take "
              + MAX_INSTRUCTIONS
              + ": shorten it");
    }
    return new BpfMachine(program);
  }

  /** What can be asked of Ethernet alone, like its addresses, is true of no other packet. */
  private static BpfMachine otherMachine(String expression, DataLinkType link) {
    try {
      return machine(expression, link);
    } catch (IOException e) {
      return new BpfMachine(List.of());
    }
  }

  /** Whether a frame of the kernel's passes; for one thread at a time. */
  public boolean matches(Frame frame) {
    return switch (frame.linkType()) {
      case ETHERNET -> passes(ethernet, frame);
      case RAW_IP, NETWORK -> passes(raw, frame);
      case LINUX_SLL2 -> passes(cooked, frame);
      case LINUX_SLL, NULL_LOOPBACK, LOOP -> false; // only in files
    };
  }

  private static boolean passes(BpfMachine machine, Frame frame) {
    return machine.passes(
        frame.buffer(), frame.offset(), frame.capturedLength(), frame.wireLength());
  }
}
