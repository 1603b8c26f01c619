package io.github.pidflow.capture;

import static io.github.pidflow.capture.Arphrd.ETHER;
import static io.github.pidflow.capture.Arphrd.LOOPBACK;
import static io.github.pidflow.capture.Arphrd.NONE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TpacketBlockTest {
  private static final int SIZE = 4096;

  /** The block under test is the middle one. */
  private static final int START = SIZE;

  private static final int IPGRE = 778;
  private static final int IPV4 = 0x0800;
  private static final int TAGGED = 1 << 4;
  private static final byte[] UDP = Packets.udp(1, 2);
  private static final byte[] FRAME = Packets.ethernet(UDP);

  private final ByteBuffer ring = ByteBuffer.allocateDirect(3 * SIZE);
  private final BlockBuilder builder = new BlockBuilder(ring, START);
  private final TpacketBlock block = new TpacketBlock(ring, SIZE);
  private final Frame frame = new Frame();

  @Test
  void shouldOpenABlockOnlyOnceItWasHandedOver() {
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4);
    assertFalse(block.open(START));

    builder.handOver();

    assertTrue(block.open(START));
    assertFalse(block.open(0));
  }

  @Test
  void shouldReadEveryPacketInTurn() {
    builder.packet(FRAME, 1514, 14, ETHER, IPV4).seen(7, 4, 1_700_000_000, 999_999_999);
    builder.packet(FRAME, FRAME.length, 14, LOOPBACK, IPV4).seen(1, 0, -1, 5);
    builder.packet(UDP, UDP.length, 0, NONE, 0x86dd).seen(9, 2, 1, 0).handOver();
    assertTrue(block.open(START));

    assertTrue(block.next(frame));
    assertFrame(LinkType.ETHERNET, FRAME, 1514);
    assertSeen(7, PacketType.OUTGOING, 1_700_000_000_999_999_999L);
    assertTrue(block.next(frame));
    assertFrame(LinkType.ETHERNET, FRAME, FRAME.length);
    assertSeen(1, PacketType.HOST, 4_294_967_295_000_000_005L);
    assertTrue(block.hasNext());
    assertTrue(block.next(frame));
    assertFrame(LinkType.NETWORK, UDP, UDP.length);
    assertSeen(9, PacketType.MULTICAST, 1_000_000_000L);
    assertEquals(0x86dd, frame.etherType());
    assertFalse(block.hasNext());
  }

  /** GRE for example: a header that is not Ethernet's stands before the network header. */
  @Test
  void shouldStartAtTheNetworkHeaderOfADeviceThatIsNoEthernet() {
    byte[] withHeader = new byte[24 + UDP.length];
    System.arraycopy(UDP, 0, withHeader, 24, UDP.length);
    builder.packet(withHeader, 1024, 24, IPGRE, IPV4).handOver();
    assertTrue(block.open(START) && block.next(frame));

    assertFrame(LinkType.NETWORK, UDP, 1000);
    assertEquals(IPV4, frame.etherType());
  }

  @Test
  void shouldTellATagTheKernelTookOut() {
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4).vlan(TAGGED, 0xe007);
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4).vlan(TAGGED, 0);
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4).vlan(1, 7).handOver();
    assertTrue(block.open(START));

    assertTrue(block.next(frame));
    assertEquals(0xe007, frame.vlanTci());
    assertTrue(block.next(frame));
    assertEquals(0, frame.vlanTci());
    assertTrue(block.next(frame));
    assertEquals(Frame.NO_VLAN_TAG, frame.vlanTci());
  }

  @Test
  void shouldGiveTheBlockBack() {
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4);
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4).handOver();
    assertTrue(block.open(START) && block.next(frame));
    assertEquals(1, ring.getInt(START + 8));

    block.release();

    assertEquals(0, ring.getInt(START + 8));
    assertFalse(block.hasNext());
    assertFalse(block.open(START));
  }

  @Test
  void shouldReadAPacketThatFillsTheBlock() {
    byte[] frame = new byte[SIZE - BlockBuilder.FIRST_PACKET - BlockBuilder.FRAME];
    builder.packet(frame, frame.length, 14, ETHER, IPV4).handOver();
    assertTrue(block.open(START) && block.next(this.frame));

    assertFrame(LinkType.ETHERNET, frame, frame.length);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {4015, 4014, Integer.MAX_VALUE, Integer.MAX_VALUE - 80, -1, Integer.MIN_VALUE})
  void shouldRefuseALengthThatIsNotWithinTheBlock(int length) {
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4);
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4).handOver();
    ring.putInt(START + BlockBuilder.FIRST_PACKET + 12, length);

    assertRefused();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -START - 1, SIZE - 67, SIZE, Integer.MAX_VALUE - START - 60})
  void shouldRefuseAPacketThatStartsOutsideTheBlock(int offset) {
    builder.packet(FRAME, FRAME.length, 14, ETHER, IPV4).handOver();
    ring.putInt(START + 16, offset);

    assertRefused();
  }

  @Test
  void shouldRefuseANetworkHeaderBeyondTheFrame() {
    builder.packet(UDP, UDP.length, UDP.length + 1, NONE, IPV4).handOver();

    assertRefused();
  }

  @Test
  void shouldNeverReachBeyondTheBlockWhateverItHolds() {
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 200_000; i++) {
      BlockBuilder builder = new BlockBuilder(ring, START);
      int[] fields = {START + 12, START + 16, 0, 0, 0, 0};
      for (int j = 2; j < fields.length; j++) {
        builder.packet(FRAME, FRAME.length, 14, random.nextBoolean() ? ETHER : NONE, IPV4);
        fields[j] = builder.last() + new int[] {0, 12, 16, 24}[random.nextInt(4)];
      }
      builder.handOver();
      ring.putInt(fields[random.nextInt(fields.length)], random.nextInt() >> random.nextInt(32));
      assertTrue(block.open(START));
      for (int j = 0; j < 1000 && block.hasNext(); j++) {
        if (!block.next(frame)) {
          refused++;
          assertFalse(block.hasNext());
        } else {
          assertTrue(frame.offset() >= START, "offset " + frame.offset());
          assertTrue(frame.capturedLength() >= 0, "length " + frame.capturedLength());
          assertTrue(frame.offset() <= 2 * SIZE - frame.capturedLength(), "beyond the block");
        }
      }
      block.release();
    }
    assertTrue(refused > 1000, refused + " refused");
  }

  private void assertRefused() {
    assertTrue(block.open(START));
    assertFalse(block.next(frame));
    assertFalse(block.hasNext());
  }

  private void assertFrame(LinkType linkType, byte[] bytes, int wireLength) {
    byte[] actual = new byte[frame.capturedLength()];
    frame.buffer().get(frame.offset(), actual);
    assertArrayEquals(bytes, actual);
    assertEquals(wireLength, frame.wireLength());
    assertEquals(linkType, frame.linkType());
  }

  private void assertSeen(int interfaceIndex, PacketType packetType, long timestampNanos) {
    assertEquals(interfaceIndex, frame.interfaceIndex());
    assertEquals(packetType, frame.packetType());
    assertEquals(timestampNanos, frame.timestampNanos());
  }
}
