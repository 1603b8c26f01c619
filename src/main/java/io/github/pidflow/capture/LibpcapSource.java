package io.github.pidflow.capture;

import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.Sll2Layout;
import io.github.pidflow.host.NetworkInterface;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.BlockingMode;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapStat;

/**
 * Captures through libpcap's {@code any} device, in cooked format v2 ({@link Sll2Layout}): like the
 * ring, it tells the interface and the packet type.
 *
 * <p>The kernel delivers a packet on the loopback device twice, as sent and as received, but
 * libpcap hides the first. This source restores it, so that both engines deliver the same frames.
 */
public final class LibpcapSource implements CaptureSource {
  private static final byte PACKET_HOST = (byte) PacketType.HOST.code();
  private static final byte PACKET_OUTGOING = (byte) PacketType.OUTGOING.code();

  private final PcapHandle handle;
  private final PcapReader reader;
  private final InterfaceSelection selection;
  private final Promiscuity promiscuity;
  private final Set<Integer> selected = new HashSet<>();
  private final Set<Integer> known = new HashSet<>();
  private final SplittableRandom random = new SplittableRandom();
  private int oneIn = 1;
  private long packets;
  private long drops;

  private LibpcapSource(int namespace, PcapHandle handle, CaptureSettings settings)
      throws IOException {
    this.handle = handle;
    reader = new PcapReader(namespace, handle, LinkType.LINUX_SLL2);
    selection = new InterfaceSelection(settings.include(), settings.exclude());
    promiscuity = new Promiscuity(settings.promiscuous(), selection);
  }

  public static LibpcapSource open(int namespace, CaptureSettings settings) throws IOException {
    int snapLength = settings.snapLength() + Sll2Layout.BYTES;
    // Before the device is opened: a mistake in the filter is reported as one of the settings.
    Libpcap.compile(settings.filter(), Libpcap.DLT_LINUX_SLL2, snapLength);
    CaptureSettings.Libpcap libpcap = settings.libpcap();
    PcapHandle handle = null;
    try {
      handle =
          new PcapHandle.Builder(RingSource.ANY)
              .snaplen(snapLength)
              .bufferSize(libpcap.bufferSizeBytes())
              .timeoutMillis((int) libpcap.readTimeout().toMillis())
              .build();
      handle.setDlt(Libpcap.DLT_LINUX_SLL2);
      handle.setBlockingMode(BlockingMode.NONBLOCKING);
      // Even if empty: without a filter the kernel ignores the snap length and copies whole
      // packets.
      handle.setFilter(settings.filter(), BpfCompileMode.OPTIMIZE);
      return new LibpcapSource(namespace, handle, settings);
    } catch (PcapNativeException | NotOpenException e) {
      if (handle != null) {
        handle.close();
      }
      throw new IOException("libpcap: " + e.getMessage(), e);
    }
  }

  @Override
  public void updateInterfaces(List<NetworkInterface> interfaces) throws IOException {
    selected.clear();
    known.clear();
    for (NetworkInterface each : interfaces) {
      known.add(each.index());
      if (selection.selects(each)) {
        selected.add(each.index());
      }
    }
    promiscuity.update(interfaces);
  }

  /** Samples in user space: this saves the work on a packet, not its copy. */
  @Override
  public void sampleOneIn(int oneIn) {
    this.oneIn = oneIn;
  }

  @Override
  public int poll(FrameHandler handler, int limit) throws IOException {
    return reader.read(frame -> deliver(frame, handler), limit);
  }

  private void deliver(Frame frame, FrameHandler handler) {
    ByteBuffer bytes = frame.buffer();
    if (frame.capturedLength() < Sll2Layout.BYTES) {
      sample(frame, handler);
      return;
    }
    if (!isSelected(bytes.getInt(Sll2Layout.INTERFACE_INDEX))) {
      return;
    }
    boolean loopback =
        bytes.getShort(Sll2Layout.HARDWARE_TYPE) == Arphrd.LOOPBACK
            && bytes.get(Sll2Layout.PACKET_TYPE) == PACKET_HOST;
    if (loopback) {
      bytes.put(Sll2Layout.PACKET_TYPE, PACKET_OUTGOING);
      sample(frame, handler);
      bytes.put(Sll2Layout.PACKET_TYPE, PACKET_HOST);
    }
    sample(frame, handler);
  }

  private void sample(Frame frame, FrameHandler handler) {
    if (oneIn == 1 || random.nextInt(oneIn) == 0) {
      handler.onFrame(frame.weight(oneIn));
    }
  }

  private boolean isSelected(int interfaceIndex) {
    return selection.selectsAll()
        || selected.contains(interfaceIndex)
        || (!selection.requiresInclusion() && !known.contains(interfaceIndex));
  }

  @Override
  public CaptureStatistics statistics() throws IOException {
    try {
      PcapStat stat = handle.getStats();
      // libpcap counts in 32 bits, which wrap around within hours on a busy host.
      packets += (int) stat.getNumPacketsReceived() - (int) packets & 0xffff_ffffL;
      drops += (int) stat.getNumPacketsDropped() - (int) drops & 0xffff_ffffL;
      return new CaptureStatistics(RingSource.ANY, packets, drops);
    } catch (PcapNativeException | NotOpenException e) {
      throw new IOException("libpcap statistics: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    promiscuity.close();
    reader.close();
  }
}
