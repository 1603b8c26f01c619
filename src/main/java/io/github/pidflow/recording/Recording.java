package io.github.pidflow.recording;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One recording, between the capturing thread, which puts packets into its ring, and its {@link
 * RecordingWriter}, which takes them out. It begins when the kernel copies enough of each packet,
 * has a time at which it ends, and is released once the last packet of its time has been put.
 */
final class Recording {
  private static final int MAX_NAME_BYTES = 2048;
  private static final int VLAN_TAG_BYTES = 4;
  private static final int MAC_ADDRESSES_BYTES = 12;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int ETHERNET_HEADER_BYTES = 14;
  private static final byte[] NO_ADDRESSES = new byte[12];
  private static final short ETHERTYPE_VLAN = (short) 0x8100;

  /** How long a frame may lie in the capture ring, stamped before the recording began. */
  private static final long OLD_FRAMES_NANOS = 2_000_000_000L;

  private final String id;
  private final RecordingRequest request;
  private final Selection selection;
  private final DaemonCounters counters;
  private final Interfaces interfaces = new Interfaces();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicReference<End> end = new AtomicReference<>();

  /** Null once it was taken back. */
  private BlockRing ring;

  private volatile long beginEpochNanos;
  private volatile long beginNanos = System.nanoTime();
  private volatile int oneIn = 1;
  private volatile boolean isCut;

  /** Why it ends and when, by the clock of packets and by {@link System#nanoTime}. */
  record End(String cause, boolean failed, long epochNanos, long nanos) {}

  Recording(
      String id,
      RecordingRequest request,
      Selection selection,
      BlockRing ring,
      DaemonCounters counters) {
    this.ring = ring;
    this.counters = counters;
    this.id = id;
    this.request = request;
    this.selection = selection;
  }

  String id() {
    return id;
  }

  RecordingRequest request() {
    return request;
  }

  Selection selection() {
    return selection;
  }

  BlockRing ring() {
    return ring;
  }

  /**
   * Takes the ring back, after the writer has ended and the capturing thread has released it. Null
   * if it was taken before, or if the capturing thread did not answer and may still use it.
   */
  BlockRing takeRing() {
    BlockRing taken = hasBegun() ? ring : null;
    ring = null;
    return taken;
  }

  Interfaces interfaces() {
    return interfaces;
  }

  /** Packets that found no room in the ring. */
  long dropped() {
    return dropped.get();
  }

  /** N if some of its packets were sampled, one in N. */
  int oneIn() {
    return oneIn;
  }

  /** Marks that its packets are cut from now on. */
  void cut() {
    isCut = true;
  }

  boolean isCut() {
    return isCut;
  }

  long beginEpochNanos() {
    return beginEpochNanos;
  }

  long beginNanos() {
    return beginNanos;
  }

  /** Null while it runs. */
  End end() {
    return end.get();
  }

  /** Ends it; the first cause counts. For any thread. */
  void end(String cause, boolean failed, long epochNanos) {
    end.compareAndSet(null, new End(cause, failed, epochNanos, System.nanoTime()));
  }

  /** Ends it as failed, even if it has ended otherwise. */
  void fail(String cause, long epochNanos) {
    end(cause, true, epochNanos);
    end.updateAndGet(now -> now.failed ? now : new End(cause, true, now.epochNanos, now.nanos));
  }

  /** Called when the kernel copies enough of what comes from now on. */
  void begin(long epochNanos) {
    beginEpochNanos = epochNanos;
    beginNanos = System.nanoTime();
    begun.countDown();
  }

  boolean hasBegun() {
    return begun.getCount() == 0;
  }

  boolean awaitBegin(long millis) throws InterruptedException {
    return begun.await(millis, TimeUnit.MILLISECONDS);
  }

  /** Called when no more packets will be put. */
  void release() {
    released.countDown();
  }

  boolean isReleased() {
    return released.getCount() == 0;
  }

  /** Whether a frame is of the recording's time and passes its filter. */
  boolean wants(Frame frame, long nowNanos) {
    End over = end.get();
    if (over != null && frame.timestampNanos() > over.epochNanos) {
      return false;
    }
    // A frame from before the begin may be cut. The wall clock may be set back later, so this is
    // checked only for as long as such a frame can still be in the ring.
    boolean old =
        frame.timestampNanos() < beginEpochNanos && nowNanos - beginNanos < OLD_FRAMES_NANOS;
    return !old && !isReleased() && selection.matches(frame);
  }

  void drop() {
    dropped.lazySet(dropped.getPlain() + 1);
    counters.increment(DaemonCounter.RECORDING_DROPS);
  }

  /** Puts a packet into the ring, or counts it as dropped. For the capturing thread alone. */
  void put(Frame frame, int interfaceIndex, PacketType type, InterfaceNames names, byte[] comment) {
    LinkType link = linkType(frame);
    int number = interfaces.find(frame.namespace(), interfaceIndex, link);
    if (number == Interfaces.NONE) {
      number = describe(frame, interfaceIndex, names);
    }
    if (number == Interfaces.NONE) {
      drop();
      return;
    }
    interfaces.counts(number).add();
    byte[] text = comment;
    if (frame.weight() > 1) {
      oneIn = Math.max(oneIn, frame.weight());
      text = Comment.sampled(comment, frame.weight());
    }
    boolean tagged = isTagOutside(frame);
    boolean bare = link != frame.linkType();
    int tagBytes = tagged ? VLAN_TAG_BYTES : 0;
    int addedBytes = bare ? ETHERNET_HEADER_BYTES : tagBytes;
    int captured = Math.min(frame.capturedLength() + addedBytes, request.snapLength());
    ByteBuffer at = ring.reserve(captured + text.length + PcapngBlock.MAX_PACKET_OVERHEAD);
    if (at == null) {
      drop();
      return;
    }
    PcapngBlock block = new PcapngBlock(at);
    int wire = Math.max(frame.wireLength(), frame.capturedLength()) + addedBytes;
    block.beginPacket(number, frame.timestampNanos(), captured, wire);
    if (bare) {
      at.put(NO_ADDRESSES).putShort(Short.reverseBytes((short) etherType(frame)));
      copy(frame, 0, captured - ETHERNET_HEADER_BYTES, at);
    } else if (tagged) {
      copy(frame, 0, MAC_ADDRESSES_BYTES, at);
      at.put((byte) (ETHERTYPE_VLAN >> 8)).put((byte) ETHERTYPE_VLAN);
      at.put((byte) (frame.vlanTci() >> 8)).put((byte) frame.vlanTci());
      copy(frame, MAC_ADDRESSES_BYTES, captured - MAC_ADDRESSES_BYTES - VLAN_TAG_BYTES, at);
    } else {
      copy(frame, 0, captured, at);
    }
    block.endPacket(flags(type), text);
    ring.commit();
  }

  private int describe(Frame frame, int interfaceIndex, InterfaceNames names) {
    ByteBuffer at = ring.reserve(MAX_NAME_BYTES);
    if (at == null) {
      return Interfaces.NONE;
    }
    String where = frame.namespace() == 0 ? "" : "network namespace " + frame.namespace();
    new PcapngBlock(at)
        .interfaceDescription(
            linkType(frame).code(),
            request.snapLength(),
            names.name(frame.namespace(), interfaceIndex),
            where);
    int number = interfaces.add(frame.namespace(), interfaceIndex, linkType(frame));
    ring.commit();
    return number;
  }

  /**
   * The link type of a frame in the file. libpcap reads no file with several, so a packet of a
   * device without a link header, such as tun, gets an Ethernet header, as one of loopback has.
   */
  private static LinkType linkType(Frame frame) {
    return switch (frame.linkType()) {
      case NETWORK, RAW_IP -> LinkType.ETHERNET;
      default -> frame.linkType();
    };
  }

  private static int etherType(Frame frame) {
    if (frame.linkType() == LinkType.NETWORK) {
      return frame.etherType();
    }
    boolean v6 = frame.capturedLength() > 0 && frame.buffer().get(frame.offset()) >>> 4 == 6;
    return v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
  }

  private static void copy(Frame frame, int from, int length, ByteBuffer to) {
    int at = to.position();
    to.put(at, frame.buffer(), frame.offset() + from, length);
    to.position(at + length);
  }

  private static boolean isTagOutside(Frame frame) {
    return frame.vlanTci() != Frame.NO_VLAN_TAG
        && frame.linkType() == LinkType.ETHERNET
        && frame.capturedLength() >= MAC_ADDRESSES_BYTES;
  }

  /** The direction in the two lowest bits, how it was addressed in the three above. */
  private static int flags(PacketType type) {
    int inbound = 1;
    return switch (type) {
      case OUTGOING -> 2;
      case HOST -> inbound | 1 << 2;
      case MULTICAST -> inbound | 2 << 2;
      case BROADCAST -> inbound | 3 << 2;
      case OTHERHOST -> inbound | 4 << 2;
      case UNKNOWN -> 0;
    };
  }
}
