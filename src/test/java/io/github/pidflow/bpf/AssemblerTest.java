package io.github.pidflow.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.pidflow.bpf.Assembler.Label;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class AssemblerTest {
  private static final long EXIT = 0x95;

  @Test
  void shouldPlaceEachFieldOfAnInstruction() {
    assertArrayEquals(
        new long[] {0x0000_0000_fff8_3a7bL, 0xffff_ffff_0000_04b7L},
        new Assembler().storeLong(Register.FRAME, -8, Register.R3).set(Register.R4, -1).assemble());
  }

  @Test
  void shouldSplitALongConstantIntoTwoInstructions() {
    assertArrayEquals(
        new long[] {0x89ab_cdef_0000_0318L, 0x0123_4567_0000_0000L},
        new Assembler().setLong(Register.R3, 0x0123_4567_89ab_cdefL).assemble());
    assertArrayEquals(
        new long[] {0x0000_0009_0000_1118L, 0}, new Assembler().setMap(Register.R1, 9).assemble());
  }

  @Test
  void shouldJumpForwardAndBackward() {
    Label start = new Label();
    Label end = new Label();
    assertArrayEquals(
        new long[] {0x0000_0005_0001_0115L, 0x0000_0000_fffe_215dL, EXIT},
        new Assembler()
            .place(start)
            .jumpIfEqual(Register.R1, 5, end)
            .jumpIfNotEqual(Register.R1, Register.R2, start)
            .place(end)
            .exit()
            .assemble());
  }

  @Test
  void shouldGrow() {
    Label end = new Label();
    Assembler program = new Assembler();
    for (int i = 0; i < 1000; i++) {
      program.jumpIfEqual(Register.R1, i, end);
    }
    long[] words = program.place(end).exit().assemble();
    assertEquals(1001, words.length);
    assertEquals(999 << 16 | 0x115, (int) words[0]);
    assertEquals(0x115, (int) words[999]);
  }

  @Test
  void shouldRefuseALabelWithoutAPlaceOrWithTwo() {
    Assembler program = new Assembler().jumpIfEqual(Register.R1, 0, new Label()).exit();
    assertThrows(IllegalStateException.class, program::assemble);
    Label twice = new Label();
    program.place(twice);
    assertThrows(IllegalStateException.class, () -> program.place(twice));
  }

  @Test
  void shouldRefuseAnOffsetThatDoesNotFit() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Assembler().loadInt(Register.R1, Register.R2, 40_000));
    Label end = new Label();
    Assembler program = new Assembler().jumpIfEqual(Register.R1, 0, end);
    for (int i = 0; i <= Short.MAX_VALUE; i++) {
      program.exit();
    }
    program.place(end);
    assertThrows(IllegalStateException.class, program::assemble);
  }
}
