package io.github.pidflow.bpf;

/**
 * The pid namespace whose pids programs record. Those of another namespace than the initial one
 * need Linux 6.10, and processes in a namespace below it have none.
 *
 * @param device of the namespace's file in {@code /proc/PID/ns}; 0 for the initial namespace
 * @param inode of that file; 0 for the initial namespace
 */
public record PidNumbering(long device, long inode) {
  public static final PidNumbering INITIAL = new PidNumbering(0, 0);
}
