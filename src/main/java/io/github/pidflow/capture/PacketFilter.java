package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.linux.BpfInstruction;
import java.io.IOException;
import java.util.List;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * A pcap-filter(7) expression applied to frames in user space. libpcap compiles it, and {@link
 * BpfMachine} runs it: calling libpcap for each packet would require a copy of the packet.
 *
 * <p>The kernel strips VLAN tags from a frame's bytes, so {@code tcp port 80} also matches tagged
 * packets, as it does in tcpdump.
 */
public final class PacketFilter {
  private static final int SNAP_LENGTH = 262_144;

  /** Bounds the time that the metering thread spends on a packet. */
  private static final int MAX_INSTRUCTIONS = 512;

  private final BpfMachine ethernet;
  private final BpfMachine raw;
  private final BpfMachine cooked;

  private PacketFilter(String expression) throws IOException {
    ethernet = machine(expression, DataLinkType.EN10MB);
    raw = optionalMachine(expression, Libpcap.DLT_RAW);
    cooked = optionalMachine(expression, Libpcap.DLT_LINUX_SLL2);
  }

  /**
   * Compiles an expression.
   *
   * @throws IOException with libpcap's message, if it is not valid
   */
  public static PacketFilter of(String expression) throws IOException {
    return new PacketFilter(expression);
  }

  private static BpfMachine machine(String expression, DataLinkType link) throws IOException {
    List<BpfInstruction> program = Libpcap.compile("filter", expression, link, SNAP_LENGTH);
    if (program.size() > MAX_INSTRUCTIONS) {
      throw new IOException(
          "filter: it compiles to "
              + program.size()
              + " instructions, and the limit is "
              + MAX_INSTRUCTIONS
              + ": shorten it");
    }
    return new BpfMachine(program);
  }

  /** An expression that is valid for Ethernet only, such as an address of it, matches no others. */
  private static BpfMachine optionalMachine(String expression, DataLinkType link) {
    try {
      return machine(expression, link);
    } catch (IOException e) {
      return new BpfMachine(List.of());
    }
  }

  /** Whether a live frame passes; for one thread at a time. */
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
