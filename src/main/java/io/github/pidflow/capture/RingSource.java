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
 * Captures on all interfaces of a network namespace through the TPACKET_V3 ring of an AF_PACKET
 * socket.
 *
 * <p>The kernel fills the ring's blocks in turn and hands each one over when it is full or its
 * timeout has expired. Reading is plain memory access. The only system call is poll(2) when no
 * block is ready, which {@link CaptureGroup} makes for all rings together.
 */
public final class RingSource implements CaptureSource {
  /** The interface label of a capture on all interfaces: tcpdump's name for them. */
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

  /** Opens the ring. It receives nothing before the first {@link #updateInterfaces}. */
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
   * Sets up a ring and closes it again.
   *
   * @throws NativeIoException if the kernel refuses it
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
        ? KernelFilter.passAll(snapLength)
        : KernelFilter.byLinkType(
            Libpcap.compile(expression, DataLinkType.EN10MB, snapLength),
            Libpcap.compile(expression, Libpcap.DLT_RAW, snapLength));
  }

  /** Creates a group of rings that share the traffic. It receives nothing until it is complete. */
  int createFanoutGroup() throws NativeIoException {
    bindDroppingAll();
    return socket.createFanoutGroup();
  }

  void joinFanoutGroup(int group) throws NativeIoException {
    bindDroppingAll();
    socket.joinFanoutGroup(group);
  }

  private void bindDroppingAll() throws NativeIoException {
    socket.attachFilter(KernelFilter.DROP_ALL);
    socket.bindToAllInterfaces();
    bound = true;
  }

  @Override
  public void updateInterfaces(List<NetworkInterface> interfaces) throws NativeIoException {
    socket.attachFilter(filter.program(selection, interfaces, oneIn));
    this.interfaces = List.copyOf(interfaces);
    if (!bound) {
      socket.bindToAllInterfaces();
      bound = true;
    }
    promiscuity.update(interfaces);
  }

  /** Frames already in the ring keep their weight, see {@link FrameWeights}. */
  @Override
  public void sampleOneIn(int oneIn) throws NativeIoException {
    if (oneIn == this.oneIn) {
      return;
    }
    socket.attachFilter(filter.program(selection, interfaces, oneIn));
    this.oneIn = oneIn;
    reader.setWeight(oneIn, BootClock.epochNanos());
  }

  @Override
  public void setMinSnapLength(int bytes) throws NativeIoException {
    filter = filter.withSnapLength(Math.max(bytes, snapLength));
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
