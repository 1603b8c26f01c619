package io.github.pidflow.flow;

/**
 * A process's identity. Pids are reused; a pid together with the start time is unique.
 *
 * @param startTicks {@code starttime} of proc_pid_stat(5), in clock ticks since boot
 */
public record ProcessId(int pid, long startTicks) {}
