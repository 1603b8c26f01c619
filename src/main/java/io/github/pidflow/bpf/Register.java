package io.github.pidflow.bpf;

/** A register of an eBPF program. */
enum Register {
  /** The result of a helper and of the program. */
  R0,
  /**
   * The context when the program starts. R1 to R5 are arguments of a helper, which clobbers them.
   */
  R1,
  R2,
  R3,
  R4,
  R5,
  /** R6 to R9 keep their values when a helper is called. */
  R6,
  R7,
  R8,
  R9,
  /** The read-only address of the end of the stack: what is on it has negative offsets. */
  FRAME
}
