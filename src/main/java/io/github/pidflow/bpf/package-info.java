/**
 * Programs that run in the kernel. They are assembled here instruction by instruction, because they
 * are short and need no compiler, BTF or file on disk that way, and they share maps with pidflow.
 * The bpf(2) call itself is in {@code linux}.
 */
package io.github.pidflow.bpf;
