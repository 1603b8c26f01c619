package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Each test has a thread of its own, since an interrupt would not end an endless walk. */
@Timeout(value = 10, threadMode = ThreadMode.SEPARATE_THREAD)
class NetlinkAttributesTest {
  private final ByteBuffer buffer = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());

  private NetlinkAttributes written() {
    return new NetlinkAttributes(buffer.flip(), 0);
  }

  private void put(int type, byte... value) {
    buffer.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    buffer.position(Math.min(buffer.position() + 3 & ~3, buffer.capacity()));
  }

  @Test
  void shouldWalkPaddedAttributesToTheEnd() {
    put(1, (byte) 7);
    put(2);
    put(3, "eth0\0".getBytes(StandardCharsets.US_ASCII));
    NetlinkAttributes attributes = written();

    assertTrue(attributes.next());
    assertEquals(1, attributes.type());
    assertEquals(4, attributes.valueAt());
    assertEquals(1, attributes.valueLength());
    assertTrue(attributes.next());
    assertEquals(0, attributes.valueLength());
    assertTrue(attributes.next());
    assertEquals("eth0", attributes.stringValue());
    assertFalse(attributes.next());
    assertFalse(attributes.next());
  }

  @Test
  void shouldMaskTheFlagsOfAType() {
    put(0x8000 | 0x4000 | 18);
    NetlinkAttributes attributes = written();
    assertTrue(attributes.next());
    assertEquals(18, attributes.type());
  }

  @Test
  void shouldReadAnIntegerOrZeroIfTheValueIsTooShort() {
    buffer.putShort((short) 8).putShort((short) 1).putInt(-2);
    put(2, (byte) 1, (byte) 1, (byte) 1);
    NetlinkAttributes attributes = written();
    attributes.next();
    assertEquals(-2, attributes.intValue());
    attributes.next();
    assertEquals(0, attributes.intValue());
  }

  @Test
  void shouldReadAStringWithoutItsNul() {
    put(1, (byte) 'a', (byte) 0xe4);
    NetlinkAttributes attributes = written();
    attributes.next();
    assertEquals("a\u00e4", attributes.stringValue());
  }

  @Test
  void shouldLimitNestedAttributesToTheirParent() {
    buffer.putShort((short) 12).putShort((short) 18);
    put(1, (byte) 5);
    put(2, (byte) 6);
    NetlinkAttributes attributes = written();
    attributes.next();
    NetlinkAttributes nested = attributes.nested();

    assertTrue(nested.next());
    assertEquals(1, nested.type());
    assertFalse(nested.next());
    assertTrue(attributes.next());
    assertEquals(2, attributes.type());
  }

  @Test
  void shouldEndAtAnImpossibleLength() {
    for (int length : new int[] {0, 3, 9, 0xffff}) {
      buffer.clear().putShort((short) length).putShort((short) 1).putInt(0);
      assertFalse(written().next(), () -> "length " + length);
    }
  }

  @Test
  void shouldStayWithinItsBytesForAnyInput() {
    Random random = new Random(20_261_121);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(40)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(16) : 0);
      }
      ByteBuffer noise = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      NetlinkAttributes attributes = new NetlinkAttributes(noise, 0);
      int count = 0;
      while (attributes.next()) {
        assertTrue(attributes.valueAt() + attributes.valueLength() <= bytes.length);
        assertTrue(attributes.stringValue().length() <= attributes.valueLength());
        assertTrue(++count <= bytes.length / 4);
      }
    }
  }
}
