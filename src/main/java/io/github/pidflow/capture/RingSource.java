package io.github.pidflow.capture;

import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.linux.MappedRegion;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.PacketSocket;
import io.github.pidflow.linux.Pollable;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * Frames from one AF_PACKET socket's TPACKET_V3 ring, on every interface of one network namespace.
 *
 * <p>The kernel fills blocks of the ring in turn and hands each over when it is full or has waited
 * long enough. Reading is plain memory access; the only system call is a poll(2) when the next
 * block is not there yet, and {@link CaptureGroup} makes it for all rings at once.
 */
public final class RingSource implements CaptureSource {
  /** The interface label of a socket that sees all of them, tcpdump's word for it. */
  static final String ANY = "any";

  private final PacketSocket socket;
  private final MappedRegion ring;
  private final RingReader reader;
  private final int snapLength;
  private final InterfaceSelection selection;
  private final Promiscuity promiscuity;
  private List<NetworkInterface> interfaces = List.of();
  private KernelFilter filter;
  private int oneIn = 1;
  private boolean bound;
  private long packets;
  private long drops;

  private RingSource(
      int namespace,
      PacketSocket socket,
      MappedRegion ring,
      KernelFilter filter,
      CaptureSettings settings,
      DaemonCounters counters)
      throws NativeIoException {
    this.socket = socket;
    this.ring = ring;
    this.filter = filter;
    reader =
        new RingReader(
            namespace,
            ring.buffer(),
            settings.ring().blockSizeBytes(),
            settings.ring().retireTimeout(),
            counters);
    snapLength = settings.snapLength();
    selection = new InterfaceSelection(settings.include(), settings.exclude());
    promiscuity = new Promiscuity(settings.promiscuous(), selection);
  }

  /** Opens the ring; it receives nothing before the first {@link #useInterfaces}. */
  public static RingSource open(int namespace, CaptureSettings settings, DaemonCounters counters)
      throws IOException {
    KernelFilter filter = filter(settings);
    PacketSocket socket = PacketSocket.open();
    try {
      CaptureSettings.Ring ring = settings.ring();
      MappedRegion region =
          socket.mapRing(ring.blockSizeBytes(), ring.blockCount(), retireMillis(ring));
      return new RingSource(namespace, socket, region, filter, settings, counters);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Tries to set a ring up, and takes it down again.
   *
   * @throws NativeIoException why the kernel refuses it
   */
  public static void probe(CaptureSettings settings) throws NativeIoException {
    CaptureSettings.Ring ring = settings.ring();
    try (PacketSocket socket = PacketSocket.open()) {
      socket.mapRing(ring.blockSizeBytes(), ring.blockCount(), retireMillis(ring)).close();
    }
  }

  private static int retireMillis(CaptureSettings.Ring ring) {
    return (int) ring.retireTimeout().toMillis();
  }

  private static KernelFilter filter(CaptureSettings settings) throws IOException {
    String expression = settings.filter();
    int snapLength = settings.snapLength();
    return expression.isEmpty()
        ? KernelFilter.snapOnly(snapLength)
        : KernelFilter.byDevice(
            Libpcap.compile(expression, DataLinkType.EN10MB, snapLength),
            Libpcap.compile(expression, Libpcap.DLT_RAW, snapLength));
  }

  /** Founds a group of rings that share the packets; none is let through before all are in it. */
  int foundFanout() throws NativeIoException {
    bindShut();
    return socket.createFanoutGroup();
  }

  void joinFanout(int group) throws NativeIoException {
    bindShut();
    socket.joinFanoutGroup(group);
  }

  private void bindShut() throws NativeIoException {
    socket.attachFilter(KernelFilter.NOTHING);
    socket.bindToAllInterfaces();
    bound = true;
  }

  @Override
  public void useInterfaces(List<NetworkInterface> interfaces) throws NativeIoException {
    socket.attachFilter(filter.program(selection, interfaces, oneIn));
    this.interfaces = List.copyOf(interfaces);
    if (!bound) {
      socket.bindToAllInterfaces();
      bound = true;
    }
    promiscuity.update(interfaces);
  }

  /** What the ring holds by now was let through as it was before, see {@link FrameWeights}. */
  @Override
  public void sample(int oneIn) throws NativeIoException {
    if (oneIn == this.oneIn) {
      return;
    }
    socket.attachFilter(filter.program(selection, interfaces, oneIn));
    this.oneIn = oneIn;
    reader.weigh(oneIn, BootClock.epochNanos());
  }

  @Override
  public void copyAtLeast(int bytes) throws NativeIoException {
    filter = filter.cutAt(Math.max(bytes, snapLength));
    socket.attachFilter(filter.program(selection, interfaces, oneIn));
  }

  @Override
  public int poll(FrameHandler handler, int limit) {
    return reader.poll(handler, limit);
  }

  @Override
  public Optional<Pollable> pollable() {
    return Optional.of(socket);
  }

  @Override
  public CaptureStatistics statistics() throws NativeIoException {
    long taken = socket.readStatistics();
    packets += taken >>> 32;
    drops += taken & 0xffff_ffffL;
    return new CaptureStatistics(ANY, packets, drops);
  }

  @Override
  public void close() {
    promiscuity.close();
    socket.close();
    ring.close();
  }
}
