package io.github.pidflow.capture;

import io.github.pidflow.linux.BpfInstruction;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Interprets a classic BPF program compiled by libpcap (linux:
 * Documentation/networking/filter.rst). It reads nothing outside the packet; every program ends,
 * since jumps lead forward only. For one thread. Allocates nothing.
 */
final class BpfMachine {
  // linux/bpf_common.h
  private static final int CLASS_MASK = 0x07;
  private static final int LD = 0x00;
  private static final int LDX = 0x01;
  private static final int ST = 0x02;
  private static final int STX = 0x03;
  private static final int ALU = 0x04;
  private static final int JMP = 0x05;
  private static final int RET = 0x06;
  private static final int SIZE_MASK = 0x18;
  private static final int HALF = 0x08;
  private static final int BYTE = 0x10;
  private static final int MODE_MASK = 0xe0;
  private static final int IMM = 0x00;
  private static final int ABS = 0x20;
  private static final int IND = 0x40;
  private static final int MEM = 0x60;
  private static final int LEN = 0x80;
  private static final int MSH = 0xa0;
  private static final int OPERATION_MASK = 0xf0;
  private static final int OPERAND_X = 0x08;
  private static final int ADD = 0x00;
  private static final int SUB = 0x10;
  private static final int MUL = 0x20;
  private static final int DIV = 0x30;
  private static final int OR = 0x40;
  private static final int AND = 0x50;
  private static final int LSH = 0x60;
  private static final int RSH = 0x70;
  private static final int NEG = 0x80;
  private static final int MOD = 0x90;
  private static final int XOR = 0xa0;
  private static final int JA = 0x00;
  private static final int JEQ = 0x10;
  private static final int JGT = 0x20;
  private static final int JGE = 0x30;
  private static final int RET_A = 0x10;
  private static final int TXA = 0x80;
  private static final int MEMORY_WORDS = 16;

  private final int[] codes;
  private final int[] jumpsTrue;
  private final int[] jumpsFalse;
  private final int[] operands;
  private final int[] memory = new int[MEMORY_WORDS];
  private ByteBuffer packet;
  private int start;
  private int captured;
  private int wire;
  private int a;
  private int x;
  private boolean aborted;

  BpfMachine(List<BpfInstruction> program) {
    codes = program.stream().mapToInt(BpfInstruction::code).toArray();
    jumpsTrue = program.stream().mapToInt(BpfInstruction::jumpTrue).toArray();
    jumpsFalse = program.stream().mapToInt(BpfInstruction::jumpFalse).toArray();
    operands = program.stream().mapToInt(BpfInstruction::operand).toArray();
  }

  /** Whether the program accepts the packet. */
  boolean passes(ByteBuffer packet, int start, int captured, int wire) {
    this.packet = packet;
    this.start = start;
    this.captured = captured;
    this.wire = wire;
    a = 0;
    x = 0;
    aborted = false;
    for (int next = 0; next < codes.length; ) {
      int code = codes[next];
      int k = operands[next];
      switch (code & CLASS_MASK) {
        case LD -> a = load(code, k);
        case LDX -> x = load(code, k);
        case ST -> memory[k & MEMORY_WORDS - 1] = a;
        case STX -> memory[k & MEMORY_WORDS - 1] = x;
        case ALU -> a = compute(code & OPERATION_MASK, (code & OPERAND_X) == 0 ? k : x);
        case JMP -> next += jump(next, code, (code & OPERAND_X) == 0 ? k : x);
        case RET -> {
          return ((code & SIZE_MASK) == RET_A ? a : k) != 0;
        }
        default -> { // BPF_MISC
          if ((code & TXA) == 0) {
            x = a;
          } else {
            a = x;
          }
        }
      }
      if (aborted) {
        return false;
      }
      next++;
    }
    return false;
  }

  private int load(int code, int k) {
    return switch (code & MODE_MASK) {
      case IMM -> k;
      case ABS -> read(code & SIZE_MASK, k);
      case IND -> read(code & SIZE_MASK, x + k);
      case MEM -> memory[k & MEMORY_WORDS - 1];
      case LEN -> wire;
      case MSH -> (read(BYTE, k) & 0xf) * 4;
      default -> read(BYTE, -1);
    };
  }

  /** Reads big endian, whatever the buffer's order. A read beyond the packet ends the program. */
  private int read(int size, int at) {
    int length = size == HALF ? 2 : size == BYTE ? 1 : 4;
    if (at < 0 || at > captured - length) {
      aborted = true;
      return 0;
    }
    int value = 0;
    for (int i = 0; i < length; i++) {
      value = (value << 8) | Byte.toUnsignedInt(packet.get(start + at + i));
    }
    return value;
  }

  private int compute(int operation, int operand) {
    return switch (operation) {
      case ADD -> a + operand;
      case SUB -> a - operand;
      case MUL -> a * operand;
      case DIV -> operand == 0 ? abort() : Integer.divideUnsigned(a, operand);
      case OR -> a | operand;
      case AND -> a & operand;
      case LSH -> a << operand;
      case RSH -> a >>> operand;
      case NEG -> -a;
      case MOD -> operand == 0 ? abort() : Integer.remainderUnsigned(a, operand);
      case XOR -> a ^ operand;
      default -> abort();
    };
  }

  private int abort() {
    aborted = true;
    return 0;
  }

  private int jump(int next, int code, int operand) {
    boolean taken =
        switch (code & OPERATION_MASK) {
          case JA -> true;
          case JEQ -> a == operand;
          case JGT -> Integer.compareUnsigned(a, operand) > 0;
          case JGE -> Integer.compareUnsigned(a, operand) >= 0;
          default -> (a & operand) != 0;
        };
    if ((code & OPERATION_MASK) == JA) {
      return operands[next];
    }
    return taken ? jumpsTrue[next] : jumpsFalse[next];
  }
}
