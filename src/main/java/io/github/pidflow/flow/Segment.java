package io.github.pidflow.flow;

/**
 * What a frame says about its IP packet: addresses, ports, bytes. Mutable and reused; one object
 * carries every packet through the stages.
 *
 * <p>Addresses are 128 bits in two longs, network order; an IPv4 address stands in its mapped form
 * ({@code ::ffff:a.b.c.d}), as a dual-stack socket reports it, so one comparison serves both
 * families.
 *
 * <pre>
 *              high (64 bits)          low (64 bits)
 *   IPv6   | address bits 0..63   | address bits 64..127        |
 *   IPv4   | 0                    | 0000 ffff | a  b  c  d      |
 * </pre>
 */
public final class Segment {
  private int namespace;
  private int interfaceIndex;
  private PacketType packetType = PacketType.UNKNOWN;
  private int vlanId;
  private long timestampNanos;
  private int protocol;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int sourcePort;
  private int destinationPort;
  private boolean portsKnown;
  private boolean orphanFragment;
  private boolean opensConnection;
  private int bytes;
  private long packets = 1;
  private long countedBytes;
  private Direction direction = Direction.RX;

  /** Starts a new packet: everything but where it was seen is cleared. */
  public void reset(int interfaceIndex, PacketType packetType, int vlanId, long timestampNanos) {
    namespace = 0;
    this.interfaceIndex = interfaceIndex;
    this.packetType = packetType;
    this.vlanId = vlanId;
    this.timestampNanos = timestampNanos;
    protocol = 0;
    sourceHigh = 0;
    sourceLow = 0;
    destinationHigh = 0;
    destinationLow = 0;
    sourcePort = 0;
    destinationPort = 0;
    portsKnown = false;
    orphanFragment = false;
    opensConnection = false;
    bytes = 0;
    packets = 1;
    countedBytes = 0;
    direction = Direction.RX;
  }

  /** Sets which network namespace it was seen in. */
  public void namespace(int namespace) {
    this.namespace = namespace;
  }

  public void addresses(
      long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
    this.sourceHigh = sourceHigh;
    this.sourceLow = sourceLow;
    this.destinationHigh = destinationHigh;
    this.destinationLow = destinationLow;
  }

  public void protocol(int protocol) {
    this.protocol = protocol;
  }

  /**
   * Sets the ports. An ICMP echo has its id on the side of the socket that would own it: the source
   * of a request, the destination of a reply, and 0 on the other side.
   */
  public void ports(int sourcePort, int destinationPort) {
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    portsKnown = true;
  }

  /** Marks a later fragment whose first, which had the ports, was not seen. */
  public void orphanFragment(boolean orphanFragment) {
    this.orphanFragment = orphanFragment;
  }

  /** Marks a TCP SYN without ACK: whatever owned this five-tuple before, a new socket does now. */
  public void opensConnection(boolean opensConnection) {
    this.opensConnection = opensConnection;
  }

  /** Sets the IP bytes: header and payload, no link header, no padding. */
  public void bytes(int bytes) {
    this.bytes = bytes;
    countedBytes = bytes * packets;
  }

  /** Sets for how many packets of its size it stands: N where one in N was let through. */
  public void weight(int weight) {
    packets = weight;
    countedBytes = (long) bytes * weight;
  }

  /** Makes it stand for packets of its flow and direction that were summed up. */
  public void sum(long packets, long bytes) {
    this.packets = packets;
    countedBytes = bytes;
  }

  /** Turns it into a segment of the opposite direction: both ends change places. */
  public void reverse() {
    long high = sourceHigh;
    long low = sourceLow;
    int port = sourcePort;
    sourceHigh = destinationHigh;
    sourceLow = destinationLow;
    sourcePort = destinationPort;
    destinationHigh = high;
    destinationLow = low;
    destinationPort = port;
    direction = direction == Direction.TX ? Direction.RX : Direction.TX;
  }

  public void direction(Direction direction) {
    this.direction = direction;
  }

  /** The network namespace it was seen in: addresses and interfaces mean something only there. */
  public int namespace() {
    return namespace;
  }

  public int interfaceIndex() {
    return interfaceIndex;
  }

  public PacketType packetType() {
    return packetType;
  }

  /** The outermost VLAN id, 0 for an untagged or priority-tagged frame. */
  public int vlanId() {
    return vlanId;
  }

  public long timestampNanos() {
    return timestampNanos;
  }

  public int protocol() {
    return protocol;
  }

  public long sourceHigh() {
    return sourceHigh;
  }

  public long sourceLow() {
    return sourceLow;
  }

  public long destinationHigh() {
    return destinationHigh;
  }

  public long destinationLow() {
    return destinationLow;
  }

  public int sourcePort() {
    return sourcePort;
  }

  public int destinationPort() {
    return destinationPort;
  }

  /**
   * Whether the ports are there to be read: false for a fragment whose first was not seen and for a
   * header cut short; true, with both ports 0, for a protocol that has none.
   */
  public boolean portsKnown() {
    return portsKnown;
  }

  public boolean orphanFragment() {
    return orphanFragment;
  }

  public boolean opensConnection() {
    return opensConnection;
  }

  public int bytes() {
    return bytes;
  }

  /** How many packets it stands for. */
  public long packets() {
    return packets;
  }

  /** The IP bytes of all the packets it stands for. */
  public long countedBytes() {
    return countedBytes;
  }

  public Direction direction() {
    return direction;
  }

  public long localHigh() {
    return direction == Direction.TX ? sourceHigh : destinationHigh;
  }

  public long localLow() {
    return direction == Direction.TX ? sourceLow : destinationLow;
  }

  public int localPort() {
    return direction == Direction.TX ? sourcePort : destinationPort;
  }

  public long remoteHigh() {
    return direction == Direction.TX ? destinationHigh : sourceHigh;
  }

  public long remoteLow() {
    return direction == Direction.TX ? destinationLow : sourceLow;
  }

  public int remotePort() {
    return direction == Direction.TX ? destinationPort : sourcePort;
  }
}
