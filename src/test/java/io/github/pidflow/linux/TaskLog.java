package io.github.pidflow.linux;

import java.util.ArrayList;
import java.util.List;

/** Writes down each event of tasks as a line of text. */
final class TaskLog implements TaskEvents.Listener {
  private final List<String> lines = new ArrayList<>();
  private final List<Long> timesNanos = new ArrayList<>();

  List<String> lines() {
    return lines;
  }

  /** The time of each line. */
  List<Long> timesNanos() {
    return timesNanos;
  }

  @Override
  public void onFork(int parentPid, int pid, long timeNanos) {
    add("fork " + parentPid + ' ' + pid, timeNanos);
  }

  @Override
  public void onExit(int pid, long timeNanos) {
    add("exit " + pid, timeNanos);
  }

  @Override
  public void onComm(int pid, int tid, String comm, boolean exec, long timeNanos) {
    add((exec ? "exec " : "comm ") + pid + ' ' + tid + ' ' + comm, timeNanos);
  }

  @Override
  public void onNamespaces(int pid, int tid, long netInode, long timeNanos) {
    add("net " + pid + ' ' + tid + ' ' + netInode, timeNanos);
  }

  @Override
  public void onExecutable(int pid, String path, long timeNanos) {
    add("map " + pid + ' ' + path, timeNanos);
  }

  @Override
  public void onCgroup(long id, String path, long timeNanos) {
    add("cgroup " + id + ' ' + path, timeNanos);
  }

  private void add(String line, long timeNanos) {
    lines.add(line);
    timesNanos.add(timeNanos);
  }
}
