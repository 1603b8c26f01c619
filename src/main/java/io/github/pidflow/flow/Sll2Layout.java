package io.github.pidflow.flow;

/**
 * Layout of the Linux cooked capture v2 header, {@code LINKTYPE_LINUX_SLL2}, in network byte order.
 *
 * <pre>
 *    0       2       4             8        10    11    12            20
 *   +-------+-------+-------------+--------+-----+-----+-------------+
 *   | proto |   0   |   ifindex   | hatype | pkt | hal |   address   |
 *   +-------+-------+-------------+--------+-----+-----+-------------+
 * </pre>
 */
public final class Sll2Layout {
  public static final int PROTOCOL = 0;
  public static final int INTERFACE_INDEX = 4;
  public static final int HARDWARE_TYPE = 8;
  public static final int PACKET_TYPE = 10;
  public static final int BYTES = 20;

  private Sll2Layout() {}
}
