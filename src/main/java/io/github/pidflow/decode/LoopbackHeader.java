package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * Link header of BSD loopback and tunnel devices (LINKTYPE_NULL and LINKTYPE_LOOP): the address
 * family.
 *
 * <pre>
 *    0               4
 *   +---------------+
 *   |    family     |
 *   +---------------+
 * </pre>
 */
final class LoopbackHeader {
  static final int LENGTH = 4;

  private static final int INET = 2;
  private static final int INET6_LINUX = 10;
  private static final int INET6_NETBSD = 24;
  private static final int INET6_FREEBSD = 28;
  private static final int INET6_DARWIN = 30;

  private LoopbackHeader() {}

  /** The EtherType equivalent to a family in network byte order. */
  static int etherType(ByteBuffer buffer, int header) {
    return etherType(BigEndian.int32(buffer, header));
  }

  /**
   * The EtherType equivalent to a family in the byte order of the capturing host, which is not
   * recorded. Families are less than 256, so the three zero bytes reveal the order.
   */
  static int etherTypeOfEitherOrder(ByteBuffer buffer, int header) {
    int family = BigEndian.int32(buffer, header);
    return etherType((family & 0x00ff_ffff) == 0 ? family >>> 24 : family);
  }

  private static int etherType(int family) {
    return switch (family) {
      case INET -> EtherType.IPV4;
      case INET6_LINUX, INET6_NETBSD, INET6_FREEBSD, INET6_DARWIN -> EtherType.IPV6;
      default -> EtherType.NONE;
    };
  }
}
