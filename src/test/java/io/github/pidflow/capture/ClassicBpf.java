package io.github.pidflow.capture;

import io.github.pidflow.linux.BpfInstruction;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Runs a classic BPF program as the kernel does (Documentation/networking/filter.rst), as far as
 * libpcap's compiler and {@link KernelFilter} go. A jump out of the program, which the kernel would
 * refuse to load, is an exception here.
 */
final class ClassicBpf {
  private static final int AD_OFF = -0x1000;
  private static final int AD_IFINDEX = AD_OFF + 8;
  private static final int AD_HATYPE = AD_OFF + 28;
  private static final int AD_RANDOM = AD_OFF + 56;

  private final int interfaceIndex;
  private final int hatype;
  private final int random;
  private final ByteBuffer packet;
  private final int[] memory = new int[16];
  private int a;
  private int x;

  private ClassicBpf(int interfaceIndex, int hatype, byte[] packet, int random) {
    this.random = random;
    this.interfaceIndex = interfaceIndex;
    this.hatype = hatype;
    this.packet = ByteBuffer.wrap(packet);
  }

  /** How many bytes of the packet the program lets through. */
  static int run(List<BpfInstruction> program, int interfaceIndex, int hatype, byte[] packet) {
    return run(program, interfaceIndex, hatype, packet, 0);
  }

  /** The same, where the kernel's random number is this one. */
  static int run(
      List<BpfInstruction> program, int interfaceIndex, int hatype, byte[] packet, int random) {
    return new ClassicBpf(interfaceIndex, hatype, packet, random).run(program);
  }

  private int run(List<BpfInstruction> program) {
    int next = 0;
    while (true) {
      BpfInstruction instruction = program.get(next++);
      int k = instruction.operand();
      switch (instruction.code() & 7) {
        case 0 -> { // BPF_LD
          if (!load(instruction.code(), k)) {
            return 0;
          }
        }
        case 1 -> loadX(instruction.code(), k);
        case 2 -> memory[k] = a;
        case 3 -> memory[k] = x;
        case 4 -> a = alu(instruction.code() & 0xf0, operand(instruction.code(), k));
        case 5 -> next += jump(instruction, operand(instruction.code(), k));
        case 6 -> {
          return (instruction.code() & 0x18) == 0x10 ? a : k;
        }
        default -> { // BPF_MISC
          if ((instruction.code() & 0xf8) == 0) {
            x = a;
          } else {
            a = x;
          }
        }
      }
    }
  }

  private int operand(int code, int k) {
    return (code & 8) == 0 ? k : x;
  }

  /** False beyond the end of the packet, where the kernel ends the program with 0. */
  private boolean load(int code, int k) {
    switch (code & 0xe0) {
      case 0x00 -> a = k; // BPF_IMM
      case 0x60 -> a = memory[k];
      case 0x80 -> a = packet.limit();
      case 0x20, 0x40 -> {
        return loadPacket(code & 0x18, (code & 0xe0) == 0x20 ? k : x + k);
      }
      default -> throw new IllegalArgumentException("load " + code);
    }
    return true;
  }

  private boolean loadPacket(int size, int at) {
    if (at == AD_IFINDEX || at == AD_HATYPE) {
      a = at == AD_IFINDEX ? interfaceIndex : hatype;
      return true;
    }
    if (at == AD_RANDOM) {
      a = random;
      return true;
    }
    int length = size == 0 ? 4 : size == 8 ? 2 : 1;
    if (at < 0 || at + length > packet.limit()) {
      return false;
    }
    a =
        switch (length) {
          case 4 -> packet.getInt(at);
          case 2 -> Short.toUnsignedInt(packet.getShort(at));
          default -> Byte.toUnsignedInt(packet.get(at));
        };
    return true;
  }

  private void loadX(int code, int k) {
    x =
        switch (code & 0xe0) {
          case 0x00 -> k;
          case 0x60 -> memory[k];
          case 0x80 -> packet.limit();
          case 0xa0 -> (packet.get(k) & 0xf) * 4; // BPF_MSH
          default -> throw new IllegalArgumentException("load x " + code);
        };
  }

  private int alu(int operation, int operand) {
    return switch (operation) {
      case 0x00 -> a + operand;
      case 0x10 -> a - operand;
      case 0x20 -> a * operand;
      case 0x40 -> a | operand;
      case 0x50 -> a & operand;
      case 0x60 -> a << operand;
      case 0x70 -> a >>> operand;
      case 0x80 -> -a;
      default -> throw new IllegalArgumentException("alu " + operation);
    };
  }

  private int jump(BpfInstruction instruction, int operand) {
    boolean taken =
        switch (instruction.code() & 0xf0) {
          case 0x10 -> a == operand;
          case 0x20 -> Integer.compareUnsigned(a, operand) > 0;
          case 0x30 -> Integer.compareUnsigned(a, operand) >= 0;
          case 0x40 -> (a & operand) != 0;
          default -> true; // BPF_JA, which goes by its operand
        };
    boolean always = (instruction.code() & 0xf0) == 0;
    return always ? operand : taken ? instruction.jumpTrue() : instruction.jumpFalse();
  }
}
