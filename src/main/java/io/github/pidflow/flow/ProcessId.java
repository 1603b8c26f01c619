package io.github.pidflow.flow;

/**
 * Which process, for good: a pid is handed out again, a pid with its start time is not.
 *
 * @param startTicks {@code starttime} of proc_pid_stat(5), in clock ticks since boot
 */
public record ProcessId(int pid, long startTicks) {}
