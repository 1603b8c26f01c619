package io.github.pidflow.flow;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * IP addresses as two longs, in network order, so that none is allocated per packet. An IPv4
 * address is in mapped form ({@code ::ffff:a.b.c.d}), as the kernel reports it for a dual-stack
 * socket: one comparison serves both families.
 *
 * <pre>
 *              high (64 bits)          low (64 bits)
 *   IPv6   | address bits 0..63   | address bits 64..127        |
 *   IPv4   | 0                    | 0000 ffff | a  b  c  d      |
 * </pre>
 */
public final class IpAddress {
  private static final long MAPPED_PREFIX = 0x0000_ffff_0000_0000L;

  private IpAddress() {}

  /** The low half of an IPv4 address in mapped form; the high half is 0. */
  public static long mapped(int ipv4) {
    return MAPPED_PREFIX | (ipv4 & 0xffff_ffffL);
  }

  /** Whether the address is an IPv4 address in mapped form. */
  public static boolean isMapped(long high, long low) {
    return high == 0 && (low & 0xffff_ffff_0000_0000L) == MAPPED_PREFIX;
  }

  /** The low half of the wildcard address of this address's family; the high half is 0. */
  public static long anyLow(long high, long low) {
    return isMapped(high, low) ? mapped(0) : 0;
  }

  /** Whether the address is a wildcard: {@code 0.0.0.0} or {@code ::}. */
  public static boolean isAny(long high, long low) {
    return high == 0 && (low == 0 || low == mapped(0));
  }

  static String toString(long high, long low) {
    try {
      // getByAddress turns a mapped address into an Inet4Address.
      byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are always an address", e);
    }
  }
}
