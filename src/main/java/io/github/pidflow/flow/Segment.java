package io.github.pidflow.flow;

/**
 * An IP packet as decoded from a frame: addresses, ports and length, with the place and time of its
 * capture. Addresses are two longs each, see {@link IpAddress}.
 *
 * <p>Mutable and reused: one object carries all packets through decoding, attribution and
 * accounting, so that nothing is allocated per packet. It may also stand for several packets of one
 * flow, see {@link #packets()}.
 */
public final class Segment {
  private int namespace;
  private int interfaceIndex;
  private int vrfIndex;
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
  private long fragmentKey;
  private boolean opensConnection;
  private boolean resetsConnection;
  private long contentHash;
  private boolean packetId;
  private int bytes;
  private long packets = 1;
  private long countedBytes;
  private Direction direction = Direction.RX;

  /** Starts a new packet: sets place and time of capture and clears everything else. */
  public void reset(int interfaceIndex, PacketType packetType, int vlanId, long timestampNanos) {
    namespace = 0;
    this.interfaceIndex = interfaceIndex;
    vrfIndex = 0;
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
    fragmentKey = 0;
    opensConnection = false;
    resetsConnection = false;
    contentHash = 0;
    packetId = false;
    bytes = 0;
    packets = 1;
    countedBytes = 0;
    direction = Direction.RX;
  }

  /** Becomes a copy of another segment, without its counts. */
  public void copy(Segment other) {
    reset(other.interfaceIndex, other.packetType, other.vlanId, other.timestampNanos);
    vrfIndex = other.vrfIndex;
    namespace = other.namespace;
    protocol = other.protocol;
    addresses(other.sourceHigh, other.sourceLow, other.destinationHigh, other.destinationLow);
    sourcePort = other.sourcePort;
    destinationPort = other.destinationPort;
    portsKnown = other.portsKnown;
    orphanFragment = other.orphanFragment;
    fragmentKey = other.fragmentKey;
    opensConnection = other.opensConnection;
    resetsConnection = other.resetsConnection;
    direction = other.direction;
  }

  /** Sets the VRF that the interface belongs to, 0 if none. */
  public void vrfIndex(int vrfIndex) {
    this.vrfIndex = vrfIndex;
  }

  /** Sets the network namespace of capture. */
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
   * Sets the ports. An ICMP echo message has its id as the port of the side whose socket would own
   * it: the source of a request, the destination of a reply. The other port is 0.
   */
  public void ports(int sourcePort, int destinationPort) {
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    portsKnown = true;
  }

  /**
   * Marks a fragment. All fragments of a packet have the same addresses and the same key.
   *
   * @param fragmentKey not 0
   */
  public void fragmentKey(long fragmentKey) {
    this.fragmentKey = fragmentKey;
  }

  /** Marks a later fragment whose first fragment, which has the ports, was not captured yet. */
  public void orphanFragment(boolean orphanFragment) {
    this.orphanFragment = orphanFragment;
  }

  /** Marks a TCP SYN without ACK: a new socket has taken over the five-tuple. */
  public void opensConnection(boolean opensConnection) {
    this.opensConnection = opensConnection;
  }

  /**
   * Sets a hash of what stays the same wherever the packet is seen, not 0.
   *
   * @param hasPacketId whether the content holds an IPv4 identification that tells packets apart
   */
  public void content(long hash, boolean hasPacketId) {
    contentHash = hash;
    packetId = hasPacketId;
  }

  /** Marks a TCP RST, which the kernel also sends where there is no socket. */
  public void resetsConnection(boolean resetsConnection) {
    this.resetsConnection = resetsConnection;
  }

  /** Sets the length of the IP packet in bytes: header and payload, no link header or padding. */
  public void bytes(int bytes) {
    this.bytes = bytes;
    countedBytes = bytes * packets;
  }

  /** Sets how many packets of this size the segment stands for: N if one in N is sampled. */
  public void weight(int weight) {
    packets = weight;
    countedBytes = (long) bytes * weight;
  }

  /** Makes the segment stand for the sum of several packets of its flow and direction. */
  public void sum(long packets, long bytes) {
    this.packets = packets;
    countedBytes = bytes;
  }

  /** Turns the segment into one of the opposite direction: source and destination swap. */
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

  /** The network namespace of capture, in which its addresses and interface are valid. */
  public int namespace() {
    return namespace;
  }

  public int interfaceIndex() {
    return interfaceIndex;
  }

  public int vrfIndex() {
    return vrfIndex;
  }

  /**
   * The interface if it is part of what tells the segment's flow from others, and 0 if not. Two
   * sockets that are bound to two interfaces may have datagrams of the same five-tuple, as DHCP
   * servers do.
   */
  public int flowInterface() {
    return protocol == Protocol.UDP || protocol == Protocol.UDPLITE ? interfaceIndex : 0;
  }

  public PacketType packetType() {
    return packetType;
  }

  /** The outermost VLAN id; 0 for an untagged or priority-tagged frame. */
  public int vlanId() {
    return vlanId;
  }

  /** Capture time in nanoseconds since the epoch, corrected if the wall clock has been set. */
  public long timestampNanos() {
    return timestampNanos;
  }

  /** The IP protocol number, see {@link Protocol}. */
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
   * Whether the ports are known. False for an orphan fragment and for a truncated header; true,
   * with both ports 0, for a protocol without ports.
   */
  public boolean portsKnown() {
    return portsKnown;
  }

  /** Whether it is a later fragment whose first fragment was not captured. */
  /** What its fragments have in common, 0 if the packet is whole. */
  public long fragmentKey() {
    return fragmentKey;
  }

  public boolean orphanFragment() {
    return orphanFragment;
  }

  /** Whether it is a TCP SYN without ACK. */
  public boolean opensConnection() {
    return opensConnection;
  }

  public boolean resetsConnection() {
    return resetsConnection;
  }

  /** A hash of the packet's content, only for a frame of a cooked capture; otherwise 0. */
  public long contentHash() {
    return contentHash;
  }

  /** Whether {@link #contentHash} holds an IPv4 identification that tells packets apart. */
  public boolean hasPacketId() {
    return packetId;
  }

  /** The length of the IP packet in bytes. */
  public int bytes() {
    return bytes;
  }

  /** How many packets the segment stands for. */
  public long packets() {
    return packets;
  }

  /** The IP bytes of all packets that the segment stands for. */
  public long countedBytes() {
    return countedBytes;
  }

  /** Which of source and destination is local; meaningless until it has been set. */
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
