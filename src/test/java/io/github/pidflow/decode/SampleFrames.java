package io.github.pidflow.decode;

import java.nio.ByteOrder;
import java.util.Random;

/** Frames of every shape, at random: each link header before each network before each transport. */
final class SampleFrames {
  static final int LINKS = 12;
  static final int NETWORKS = 13;
  static final int TRANSPORTS = 8;

  /** Few, so that fragments find their first. */
  private static final int IDENTIFICATIONS = 8;

  private final Random random;

  SampleFrames(Random random) {
    this.random = random;
  }

  FrameBuilder any() {
    return of(random.nextInt(LINKS), random.nextInt(NETWORKS), random.nextInt(TRANSPORTS));
  }

  FrameBuilder of(int link, int network, int transport) {
    FrameBuilder builder = transport(transport, network(network, link(link, network)));
    builder.payload(random.nextInt(30));
    return random.nextInt(4) == 0 ? builder.padding(random.nextInt(20)) : builder;
  }

  private static FrameBuilder link(int link, int network) {
    boolean v6 = network >= 6;
    return switch (link) {
      case 0 -> FrameBuilder.ethernet();
      case 1 -> FrameBuilder.ethernet().vlan(0x8100, 0x2005);
      case 2 -> FrameBuilder.ethernet().movedVlan(9).vlan(0x8100, 5);
      case 3 -> FrameBuilder.ethernet().vlan(0x88a8, 0xf00f).vlan(0x9100, 2).vlan(0x8100, 1);
      case 4 -> FrameBuilder.sll(4);
      case 5 -> FrameBuilder.sll(0).vlan(0x8100, 17);
      case 6 -> FrameBuilder.sll2(3, 4);
      case 7 -> FrameBuilder.rawIp();
      case 8 -> FrameBuilder.network();
      case 9 -> FrameBuilder.nullLoopback(ByteOrder.LITTLE_ENDIAN, v6 ? 30 : 2);
      case 10 -> FrameBuilder.nullLoopback(ByteOrder.BIG_ENDIAN, v6 ? 24 : 2);
      default -> FrameBuilder.loop(v6 ? 28 : 2);
    };
  }

  private FrameBuilder network(int network, FrameBuilder builder) {
    int id = random.nextInt(IDENTIFICATIONS);
    if (network < 6) {
      builder.ipv4("10.0.0." + (1 + random.nextInt(2)), "10.0.1.1");
    } else {
      builder.ipv6("2001:db8::" + (1 + random.nextInt(2)), "fe80::1");
    }
    return switch (network) {
      case 1 -> builder.options(4 * random.nextInt(11));
      case 2 -> builder.fragment(id, 0, true);
      case 3 -> builder.fragment(id, 8, random.nextBoolean());
      case 4 -> builder.authentication(24);
      case 5 -> builder.options(8).fragment(id, 0, true).authentication(12);
      case 7 -> builder.extension(0, 8).extension(60, 16);
      case 8 -> builder.fragmentHeader(id, 0, false);
      case 9 -> builder.extension(0, 8).fragmentHeader(id, 0, true);
      case 10 -> builder.fragmentHeader(id, 8, random.nextBoolean());
      case 11 -> builder.extension(43, 24).authentication(24).extension(135, 8);
      case 12 -> extensions(builder, 15 + random.nextInt(3));
      default -> builder;
    };
  }

  private static FrameBuilder extensions(FrameBuilder builder, int count) {
    for (int i = 0; i < count; i++) {
      builder.extension(i % 2 == 0 ? 60 : 140, 8);
    }
    return builder;
  }

  private FrameBuilder transport(int transport, FrameBuilder builder) {
    int port = random.nextInt(65536);
    return switch (transport) {
      case 0 -> builder.tcp(port, 443, random.nextInt(256));
      case 1 -> builder.udp(port, 53);
      case 2 -> builder.ports(132, port, 5000);
      case 3 -> builder.icmp(8 * random.nextInt(2), port);
      case 4 -> builder.icmpv6(128 + random.nextInt(3), port);
      case 5 -> builder.protocol(47);
      case 6 -> builder.protocol(59);
      default -> builder.icmp(random.nextInt(256), port);
    };
  }
}
