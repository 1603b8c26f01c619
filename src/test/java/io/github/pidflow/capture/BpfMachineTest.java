package io.github.pidflow.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.linux.BpfInstruction;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.core.BpfProgram;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/** Filters on this side of the kernel answer as libpcap's own machine does. */
@Timeout(60)
class BpfMachineTest {
  private static final int MUTATIONS = 2000;
  private static final Inet4Address ANY = any();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp",
        "udp port 53",
        "tcp port 443 or icmp",
        "host 10.0.0.5 and not port 22",
        "net 192.0.2.0/24",
        "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
        "ip6",
        "ip[2:2] > 100",
        "len <= 60",
        "greater 60",
        "portrange 100-600",
        "ip proto 47",
        "udp[4:2] / 3 == 9",
        "ip[8] % 7 = 1",
        "ether broadcast"
      })
  void shouldAnswerAsLibpcapDoes(String expression) throws Exception {
    List<BpfInstruction> program = Libpcap.compile(expression, DataLinkType.EN10MB, 65535);
    BpfMachine machine = new BpfMachine(program);
    BpfProgram reference =
        Pcaps.compileFilter(65535, DataLinkType.EN10MB, expression, BpfCompileMode.OPTIMIZE, ANY);
    SplittableRandom random = new SplittableRandom(11);
    int passed = 0;
    for (byte[] packet : packets(random)) {
      boolean expected = reference.applyFilter(packet, packet.length, packet.length);
      ByteBuffer moved = ByteBuffer.allocate(packet.length + 7).put(7, packet);
      assertEquals(expected, machine.passes(moved, 7, packet.length, packet.length));
      passed += expected ? 1 : 0;
    }
    reference.free();
    assertTrue(passed < MUTATIONS, "it lets everything through");
  }

  private static Inet4Address any() {
    try {
      return (Inet4Address) InetAddress.getByAddress(new byte[4]);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<byte[]> packets(SplittableRandom random) {
    List<byte[]> seeds =
        List.of(
            bytes(tcp(443).payload(60)),
            bytes(tcp(80)),
            bytes(FrameBuilder.ethernet().ipv4("10.0.0.5", "192.0.2.7").udp(53, 5353).payload(20)),
            bytes(FrameBuilder.ethernet().ipv4("10.0.0.5", "192.0.2.7").icmp(8, 77)),
            bytes(FrameBuilder.ethernet().ipv4("10.0.0.5", "192.0.2.7").protocol(47).payload(80)));
    List<byte[]> packets = new ArrayList<>(seeds);
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] packet = seeds.get(random.nextInt(seeds.size())).clone();
      for (int j = random.nextInt(4); j > 0; j--) {
        packet[random.nextInt(packet.length)] = (byte) random.nextInt(256);
      }
      packets.add(packet);
    }
    return packets;
  }

  private static FrameBuilder tcp(int port) {
    return FrameBuilder.ethernet().ipv4("192.0.2.7", "10.0.0.5").tcp(51000, port, FrameBuilder.SYN);
  }

  private static byte[] bytes(FrameBuilder builder) {
    Frame frame = builder.frame();
    byte[] bytes = new byte[frame.capturedLength()];
    frame.buffer().get(frame.offset(), bytes);
    return bytes;
  }

  @Test
  void shouldLetNothingThroughThatReadsOutsideThePacket() {
    BpfMachine machine =
        new BpfMachine(
            List.of(new BpfInstruction(0x20, 0, 0, 100), new BpfInstruction(0x06, 0, 0, 1)));
    byte[] packet = new byte[103];
    assertEquals(false, machine.passes(ByteBuffer.wrap(packet), 0, 103, 103));
    assertEquals(true, machine.passes(ByteBuffer.wrap(new byte[104]), 0, 104, 104));
  }
}
