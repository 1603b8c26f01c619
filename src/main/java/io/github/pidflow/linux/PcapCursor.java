package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads packets one by one from a {@code pcap_t} with pcap_next_ex(3PCAP). The callback into Java
 * that pcap_dispatch(3PCAP) makes for each packet would cost four times as much. The bytes of the
 * packet are not copied.
 *
 * <pre>
 * struct pcap_pkthdr, in native byte order
 *  0 s64 tv_sec   8 s64 tv_usec, or nanoseconds   16 u32 caplen   20 u32 len
 * </pre>
 */
public final class PcapCursor implements AutoCloseable {
  /** {@link #next} has read a packet. */
  public static final int PACKET = 1;

  /** No packet has arrived within the timeout. */
  public static final int NONE = 0;

  /** The file has ended. */
  public static final int END = -2;

  private static final int TV_SEC = 0;
  private static final int TV_USEC = 8;
  private static final int CAPLEN = 16;
  private static final int LEN = 20;
  private static final int HEADER_BYTES = 24;

  /** MAXIMUM_SNAPLEN of libpcap, the most bytes it returns of a packet. */
  private static final int MAX_CAPLEN = 262_144;

  // The two pointers that pcap_next_ex returns through its arguments.
  private static final int OUT_HEADER = 0;
  private static final int OUT_DATA = 8;
  private static final int OUT_BYTES = 16;

  static {
    Native.register(PcapCursor.class, "pcap");
  }

  private final long pcap;
  private final long nanosPerFraction;
  private final Memory out = new Memory(OUT_BYTES);
  private final ByteBuffer answers = out.getByteBuffer(0, OUT_BYTES).order(ByteOrder.nativeOrder());
  private final long outHeader = Pointer.nativeValue(out) + OUT_HEADER;
  private final long outData = Pointer.nativeValue(out) + OUT_DATA;
  private final Window header = new Window(HEADER_BYTES, ByteOrder.nativeOrder());
  private final Window data = new Window(MAX_CAPLEN, ByteOrder.BIG_ENDIAN);

  /** A buffer over memory of libpcap, which rarely moves from one packet to the next. */
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
   * Creates a cursor.
   *
   * @param pcap the {@code pcap_t *}, which must stay open while this is used
   * @param nanosPerFraction the unit of the fraction in time stamps: 1, or 1000 for microseconds
   */
  public PcapCursor(Pointer pcap, long nanosPerFraction) {
    this.pcap = Pointer.nativeValue(pcap);
    this.nanosPerFraction = nanosPerFraction;
  }

  private static native int pcap_next_ex(long pcap, long header, long data);

  /**
   * Reads the next packet.
   *
   * @return {@link #PACKET}, {@link #NONE}, {@link #END}, or another negative number for an error;
   *     see pcap_geterr(3PCAP)
   */
  public int next() {
    return pcap_next_ex(pcap, outHeader, outData);
  }

  /** The packet, up to its captured length; valid until the next call of {@link #next}. */
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
