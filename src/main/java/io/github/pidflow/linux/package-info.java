/**
 * Linux from Java: sockets, rings, namespaces, perf events, bpf(2) and proc(5). This is the only
 * room that knows JNA, the layouts of the kernel's structures, error numbers and system call
 * numbers; those of every architecture are in {@link io.github.pidflow.linux.Syscall}. Descriptors
 * leave it as {@link io.github.pidflow.linux.Descriptor}, and failures as {@link
 * io.github.pidflow.linux.NativeIoException}.
 */
package io.github.pidflow.linux;
