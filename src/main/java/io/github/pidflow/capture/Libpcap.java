package io.github.pidflow.capture;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.linux.BpfInstruction;
import io.github.pidflow.linux.NativeFunctions;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.pcap4j.core.BpfProgram;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/** Access to libpcap through pcap4j: its version, its filter compiler and its link types. */
public final class Libpcap {
  private static final int DLT_RAW_VALUE = 12;
  private static final int DLT_RAW_OPENBSD = 14;
  private static final int DLT_IPV4 = 228;
  private static final int DLT_IPV6 = 229;

  static final DataLinkType DLT_RAW = new DataLinkType(DLT_RAW_VALUE, "Raw IP");
  static final DataLinkType DLT_LINUX_SLL2 =
      new DataLinkType(LinkType.LINUX_SLL2.code(), "Linux cooked v2");

  /** Lines of JNA's message if there is no libpcap. */
  private static final Pattern NOT_THERE =
      Pattern.compile(
          "Unable to load library|Native library \\(|(\\S*/)?libpcap\\.so\\S*: cannot open shared"
              + " object file: No such file");

  private static String failure;

  private Libpcap() {}

  /**
   * The library's version.
   *
   * @throws IOException if it cannot be loaded, with a message that names the fix
   * @throws UnsatisfiedLinkError if JNA cannot be loaded, which has nothing to do with libpcap
   */
  public static synchronized String version() throws IOException {
    NativeFunctions.load();
    if (failure == null) {
      try {
        return Pcaps.libVersion();
      } catch (LinkageError e) {
        // Kept, since later attempts only say that a class could not be initialized.
        failure = failure(String.valueOf(e.getMessage()));
      }
    }
    throw new IOException(failure);
  }

  /**
   * Why libpcap could not be loaded.
   *
   * @param error what JNA reports: a line for each place that it tried
   */
  static String failure(String error) {
    return error
        .lines()
        .filter(line -> !line.isBlank() && !NOT_THERE.matcher(line).lookingAt())
        .findFirst()
        .map(
            cause ->
                "libpcap cannot be loaded: "
                    + cause
                    + ": reinstall it with the libraries that it needs (ldd names missing ones)")
        .orElse("libpcap is not installed: " + Feature.LIBPCAP.fix());
  }

  /**
   * Compiles the setting {@code pidflow.capture.filter}, a pcap-filter(7) expression.
   *
   * @throws IOException with libpcap's message, if the expression is not valid
   */
  static List<BpfInstruction> compile(String expression, DataLinkType link, int snapLength)
      throws IOException {
    return compile("pidflow.capture.filter", expression, link, snapLength);
  }

  /**
   * Compiles a pcap-filter(7) expression.
   *
   * @param origin where the expression comes from, for the message
   * @throws InvalidSettingsException with libpcap's message, if the expression is not valid
   */
  static List<BpfInstruction> compile(
      String origin, String expression, DataLinkType link, int snapLength) throws IOException {
    version();
    // A handle, since Pcaps.compileFilter does not pass on libpcap's message.
    try (PcapHandle dead = Pcaps.openDead(link, snapLength)) {
      Inet4Address anyMask = (Inet4Address) InetAddress.getByAddress(new byte[4]);
      BpfProgram program = dead.compileFilter(expression, BpfCompileMode.OPTIMIZE, anyMask);
      try {
        return instructions(program);
      } finally {
        program.free();
      }
    } catch (PcapNativeException | NotOpenException e) {
      throw new InvalidSettingsException(origin + ": \"" + expression + "\": " + e.getMessage());
    }
  }

  /** pcap4j hides {@code struct bpf_program { u_int len; struct bpf_insn *insns; }}. */
  private static List<BpfInstruction> instructions(BpfProgram program) {
    Pointer struct =
        privateField(BpfProgram.class, program, "program", Structure.class).getPointer();
    int count = struct.getInt(0);
    Pointer at = struct.getPointer(8);
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
    return privateField(PcapHandle.class, handle, "handle", Pointer.class);
  }

  private static <T> T privateField(Class<?> owner, Object object, String name, Class<T> type) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return type.cast(field.get(object));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this pcap4j has no field " + owner.getSimpleName() + '.' + name, e);
    }
  }

  /** The link type of a DLT, if pidflow can read such frames. */
  static Optional<LinkType> linkType(DataLinkType dlt) {
    int code =
        switch (dlt.value()) {
          case DLT_RAW_VALUE, DLT_RAW_OPENBSD, DLT_IPV4, DLT_IPV6 -> LinkType.RAW_IP.code();
          default -> dlt.value(); // the LINKTYPE_ value of files
        };
    return Arrays.stream(LinkType.values()).filter(each -> each.code() == code).findFirst();
  }
}
