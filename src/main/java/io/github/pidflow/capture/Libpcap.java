package io.github.pidflow.capture;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.linux.BpfInstruction;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pcap4j.core.BpfProgram;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/** What is wanted of libpcap, through pcap4j, besides capturing. */
public final class Libpcap {
  static final DataLinkType DLT_RAW = new DataLinkType(12, "Raw IP");
  static final DataLinkType DLT_LINUX_SLL2 = new DataLinkType(276, "Linux cooked v2");

  private Libpcap() {}

  /**
   * The library's version.
   *
   * @throws IOException with the mend, if it is not installed
   */
  public static String version() throws IOException {
    try {
      return Pcaps.libVersion();
    } catch (LinkageError e) {
      throw new IOException(
          "libpcap is not installed: apt-get install libpcap0.8, or dnf install libpcap", e);
    }
  }

  /**
   * Compiles a pcap-filter(7) expression to instructions for the kernel.
   *
   * @throws IOException with libpcap's own words, if the expression is not valid
   */
  static List<BpfInstruction> compile(String expression, DataLinkType link, int snapLength)
      throws IOException {
    return compile("pidflow.capture.filter", expression, link, snapLength);
  }

  /**
   * The same.
   *
   * @param whose what a message about it starts with
   */
  static List<BpfInstruction> compile(
      String whose, String expression, DataLinkType link, int snapLength) throws IOException {
    version();
    try {
      Inet4Address anyMask = (Inet4Address) InetAddress.getByAddress(new byte[4]);
      BpfProgram program =
          Pcaps.compileFilter(snapLength, link, expression, BpfCompileMode.OPTIMIZE, anyMask);
      try {
        return instructions(program);
      } finally {
        program.free();
      }
    } catch (PcapNativeException e) {
      throw new IOException(whose + ": \"" + expression + "\": " + e.getMessage(), e);
    }
  }

  /** pcap4j keeps {@code struct bpf_program { u_int len; struct bpf_insn *insns; }} to itself. */
  private static List<BpfInstruction> instructions(BpfProgram program) {
    Pointer native_ = hidden(BpfProgram.class, program, "program", Structure.class).getPointer();
    int count = native_.getInt(0);
    Pointer at = native_.getPointer(8);
    List<BpfInstruction> instructions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long offset = (long) i * BpfInstruction.BYTES;
      instructions.add(
          new BpfInstruction(
              Short.toUnsignedInt(at.getShort(offset)),
              Byte.toUnsignedInt(at.getByte(offset + 2)),
              Byte.toUnsignedInt(at.getByte(offset + 3)),
              at.getInt(offset + 4)));
    }
    return instructions;
  }

  /** The {@code pcap_t *} of a handle. */
  static Pointer pointer(PcapHandle handle) {
    return hidden(PcapHandle.class, handle, "handle", Pointer.class);
  }

  private static <T> T hidden(Class<?> owner, Object object, String name, Class<T> type) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return type.cast(field.get(object));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this pcap4j has no field " + owner.getSimpleName() + '.' + name, e);
    }
  }

  /** How to read frames of a DLT, if pidflow can. */
  static Optional<LinkType> linkType(DataLinkType dlt) {
    return Optional.ofNullable(
        switch (dlt.value()) {
          case 0 -> LinkType.NULL_LOOPBACK;
          case 1 -> LinkType.ETHERNET;
          case 12, 14, 101, 228, 229 -> LinkType.RAW_IP;
          case 108 -> LinkType.LOOP;
          case 113 -> LinkType.LINUX_SLL;
          case 276 -> LinkType.LINUX_SLL2;
          default -> null;
        });
  }
}
