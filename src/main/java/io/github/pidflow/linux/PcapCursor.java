package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads one packet after the other from a {@code pcap_t} by pcap_next_ex(3PCAP). A callback into
 * Java, as pcap_dispatch(3PCAP) makes for each packet, costs four times as much; and the packet is
 * seen where libpcap has it, without a copy.
 *
 * <pre>
 * struct pcap_pkthdr
 *  0 s64 tv_sec   8 s64 tv_usec, or nanoseconds   16 u32 caplen   20 u32 len
 * </pre>
 */
public final class PcapCursor implements AutoCloseable {
  /** What {@link #next} answers for a packet, for none in time, and at the end of a file. */
  public static final int PACKET = 1;

  public static final int NONE = 0;
  public static final int END = -2;

  private static final int TV_SEC = 0;
  private static final int TV_USEC = 8;
  private static final int CAPLEN = 16;
  private static final int LEN = 20;
  private static final int HEADER_BYTES = 24;

  /** MAXIMUM_SNAPLEN: as far as a packet may reach in the buffer libpcap answers. */
  private static final int MAX_CAPLEN = 262_144;

  private static final int OUT_HEADER = 0;
  private static final int OUT_DATA = 8;

  static {
    Native.register(PcapCursor.class, "pcap");
  }

  private final long pcap;
  private final long nanosPerFraction;
  private final Memory out = new Memory(16);
  private final ByteBuffer answers = out.getByteBuffer(0, 16);
  private final long outHeader = Pointer.nativeValue(out) + OUT_HEADER;
  private final long outData = Pointer.nativeValue(out) + OUT_DATA;
  private final Window header = new Window(HEADER_BYTES, ByteOrder.nativeOrder());
  private final Window data = new Window(MAX_CAPLEN, ByteOrder.BIG_ENDIAN);

  /** Memory of libpcap's, which stays where it is from packet to packet nearly always. */
  private static final class Window {
    private final int size;
    private final ByteOrder order;
    private long address;
    private ByteBuffer bytes;

    Window(int size, ByteOrder order) {
      this.size = size;
      this.order = order;
    }

    ByteBuffer at(long address) {
      if (address != this.address) {
        this.address = address;
        bytes = new Pointer(address).getByteBuffer(0, size).order(order);
      }
      return bytes;
    }
  }

  /**
   * @param pcap the {@code pcap_t *}, which has to stay open for as long as this is used
   * @param nanosPerFraction what its time stamps count beside seconds: 1, or 1000 for microseconds
   */
  public PcapCursor(Pointer pcap, long nanosPerFraction) {
    this.pcap = Pointer.nativeValue(pcap);
    this.nanosPerFraction = nanosPerFraction;
  }

  private static native int pcap_next_ex(long pcap, long header, long data);

  /** Moves on; what is negative and not {@link #END} is an error, see pcap_geterr(3PCAP). */
  public int next() {
    return pcap_next_ex(pcap, outHeader, outData);
  }

  /** Where the packet is; valid until the next {@link #next}, and only to its captured length. */
  public ByteBuffer data() {
    return data.at(answers.getLong(OUT_DATA));
  }

  public int capturedLength() {
    return Math.min(header().getInt(CAPLEN), MAX_CAPLEN);
  }

  public int wireLength() {
    return header().getInt(LEN);
  }

  public long timestampNanos() {
    ByteBuffer at = header();
    return at.getLong(TV_SEC) * 1_000_000_000L + at.getLong(TV_USEC) * nanosPerFraction;
  }

  private ByteBuffer header() {
    return header.at(answers.getLong(OUT_HEADER));
  }

  @Override
  public void close() {
    out.close();
  }
}
