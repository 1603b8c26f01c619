package io.github.pidflow.linux;

/** One instruction of a classic BPF program: {@code struct sock_filter} of linux/filter.h. */
public record BpfInstruction(int code, int jumpTrue, int jumpFalse, int operand) {
  /** Size of {@code struct sock_filter}, which is also that of libpcap's {@code bpf_insn}. */
  public static final int BYTES = 8;
}
