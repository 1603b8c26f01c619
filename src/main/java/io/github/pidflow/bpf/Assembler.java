package io.github.pidflow.bpf;

import java.util.Arrays;

/**
 * Assembles an eBPF program, instruction by instruction, for a little-endian machine. Jumps go to
 * {@link Label}s, which may be placed before or after the jump.
 *
 * <pre>
 * struct bpf_insn, one long
 *  0 u8 code   8 u4 dst_reg   12 u4 src_reg   16 s16 off   32 s32 imm     (first bit of each field)
 * </pre>
 */
final class Assembler {
  // Codes, each an operation, a size or the kind of the operand, and a class.
  private static final int ADD_CONSTANT = 0x07;
  private static final int LOAD_LONG_CONSTANT = 0x18;
  private static final int JUMP_IF_EQUAL_CONSTANT = 0x15;
  private static final int JUMP_IF_NOT_EQUAL_REGISTER = 0x5d;
  private static final int LOAD_INT = 0x61;
  private static final int STORE_INT = 0x63;
  private static final int LOAD_LONG = 0x79;
  private static final int STORE_LONG = 0x7b;
  private static final int CALL = 0x85;
  private static final int EXIT = 0x95;
  private static final int MOVE_CONSTANT = 0xb7;
  private static final int MOVE_REGISTER = 0xbf;

  /** BPF_PSEUDO_MAP_FD: the constant to load is a map's descriptor, and becomes its address. */
  private static final int MAP_FD = 1;

  private static final int DST_SHIFT = 8;
  private static final int SRC_SHIFT = 12;
  private static final int OFFSET_SHIFT = 16;
  private static final int CONSTANT_SHIFT = 32;
  private static final long OFFSET_MASK = 0xffff;

  private static final int NOWHERE = -1;

  private long[] instructions = new long[64];
  private Label[] targets = new Label[64];
  private int length;

  /** A place in the program that jumps go to. */
  static final class Label {
    private int position = NOWHERE;
  }

  /** Copies a register. */
  Assembler move(Register to, Register from) {
    return emit(MOVE_REGISTER, to.ordinal(), from.ordinal(), 0, 0);
  }

  /** Sets a register to a constant, which is sign-extended. */
  Assembler set(Register to, int constant) {
    return emit(MOVE_CONSTANT, to.ordinal(), 0, 0, constant);
  }

  /** Sets a register to a constant of 64 bits. */
  Assembler setLong(Register to, long constant) {
    return emitLongConstant(to, 0, constant);
  }

  /** Sets a register to the address of the map with this descriptor. */
  Assembler setMap(Register to, int mapFd) {
    return emitLongConstant(to, MAP_FD, mapFd);
  }

  /** Sets a register to the address of a place on the stack. */
  Assembler setStackAddress(Register to, int offset) {
    return move(to, Register.FRAME).add(to, offset);
  }

  Assembler add(Register to, int constant) {
    return emit(ADD_CONSTANT, to.ordinal(), 0, 0, constant);
  }

  /** Loads 32 bits from memory and zero-extends them. */
  Assembler loadInt(Register to, Register address, int offset) {
    return emit(LOAD_INT, to.ordinal(), address.ordinal(), offset, 0);
  }

  Assembler loadLong(Register to, Register address, int offset) {
    return emit(LOAD_LONG, to.ordinal(), address.ordinal(), offset, 0);
  }

  /** Stores the lower 32 bits of a register. */
  Assembler storeInt(Register address, int offset, Register from) {
    return emit(STORE_INT, address.ordinal(), from.ordinal(), offset, 0);
  }

  Assembler storeLong(Register address, int offset, Register from) {
    return emit(STORE_LONG, address.ordinal(), from.ordinal(), offset, 0);
  }

  Assembler call(Helper helper) {
    return emit(CALL, 0, 0, 0, helper.id);
  }

  Assembler jumpIfEqual(Register left, int constant, Label target) {
    return emitJump(JUMP_IF_EQUAL_CONSTANT, left.ordinal(), 0, constant, target);
  }

  Assembler jumpIfNotEqual(Register left, Register right, Label target) {
    return emitJump(JUMP_IF_NOT_EQUAL_REGISTER, left.ordinal(), right.ordinal(), 0, target);
  }

  /** Ends the program with what is in {@link Register#R0}. */
  Assembler exit() {
    return emit(EXIT, 0, 0, 0, 0);
  }

  /** Ends the program with a constant. */
  Assembler exit(int constant) {
    return set(Register.R0, constant).exit();
  }

  /** Places a label before the next instruction. */
  Assembler place(Label label) {
    if (label.position != NOWHERE) {
      throw new IllegalStateException("label placed twice, at instruction " + label.position);
    }
    label.position = length;
    return this;
  }

  /**
   * The program.
   *
   * @throws IllegalStateException if a jump goes to a label that is not placed, or too far
   */
  long[] assemble() {
    long[] program = Arrays.copyOf(instructions, length);
    for (int i = 0; i < length; i++) {
      if (targets[i] != null) {
        program[i] |= (distance(i, targets[i]) & OFFSET_MASK) << OFFSET_SHIFT;
      }
    }
    return program;
  }

  /** The offset of a jump counts from the instruction after it. */
  private static int distance(int from, Label target) {
    int distance = target.position - from - 1;
    if (target.position == NOWHERE || distance != (short) distance) {
      throw new IllegalStateException("no place to jump to from instruction " + from);
    }
    return distance;
  }

  private Assembler emitLongConstant(Register to, int kind, long constant) {
    // Two instructions, the second of which only holds the upper half of the constant.
    return emit(LOAD_LONG_CONSTANT, to.ordinal(), kind, 0, (int) constant)
        .emit(0, 0, 0, 0, (int) (constant >>> Integer.SIZE));
  }

  private Assembler emitJump(int code, int left, int right, int constant, Label target) {
    emit(code, left, right, 0, constant);
    targets[length - 1] = target;
    return this;
  }

  private Assembler emit(int code, int dst, int src, int offset, int constant) {
    if (offset != (short) offset) {
      throw new IllegalArgumentException("offset " + offset);
    }
    if (length == instructions.length) {
      instructions = Arrays.copyOf(instructions, 2 * length);
      targets = Arrays.copyOf(targets, 2 * length);
    }
    instructions[length++] =
        code
            | (long) dst << DST_SHIFT
            | (long) src << SRC_SHIFT
            | (offset & OFFSET_MASK) << OFFSET_SHIFT
            | (long) constant << CONSTANT_SHIFT;
    return this;
  }
}
