package io.github.pidflow.decode;

import java.nio.ByteBuffer;

/**
 * Header of ICMP and ICMPv6 echo messages (RFC 792, RFC 4443).
 *
 * <pre>
 *    0      1      2          4      6          8
 *   +------+------+----------+------+----------+
 *   | type | code | checksum |  id  | sequence |
 *   +------+------+----------+------+----------+
 * </pre>
 */
final class IcmpHeader {
  static final int ECHO_REPLY = 0;
  static final int ECHO_REQUEST = 8;
  static final int V6_ECHO_REQUEST = 128;
  static final int V6_ECHO_REPLY = 129;

  static final int TYPE_OFFSET = 0;
  static final int ID_OFFSET = 4;
  static final int TYPE_LENGTH = TYPE_OFFSET + 1;
  static final int ID_LENGTH = ID_OFFSET + 2;

  private IcmpHeader() {}

  static int type(ByteBuffer buffer, int header) {
    return BigEndian.uint8(buffer, header + TYPE_OFFSET);
  }

  static int id(ByteBuffer buffer, int header) {
    return BigEndian.uint16(buffer, header + ID_OFFSET);
  }
}
