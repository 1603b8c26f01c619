package io.github.pidflow.recording;

import io.github.pidflow.capture.PacketFilter;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.ProcessInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Selects a recording's packets: by process, by filter, or by both. Its methods are called once a
 * packet and allocate nothing.
 */
final class Selection {
  private final int[] pids;
  private final String[] comms;
  private final String expression;
  private final PacketFilter filter;

  /**
   * @param filter null for none
   */
  Selection(Set<Integer> pids, Set<String> comms, String expression, PacketFilter filter) {
    this.pids = pids.stream().mapToInt(Integer::intValue).sorted().toArray();
    this.comms = new TreeSet<>(comms).toArray(String[]::new);
    this.expression = expression;
    this.filter = filter;
  }

  boolean matches(Frame frame) {
    return filter == null || filter.matches(frame);
  }

  /** Whether packets are selected by the filter alone, whatever process they belong to. */
  boolean isAnyProcess() {
    return pids.length == 0 && comms.length == 0;
  }

  boolean contains(ProcessInfo process) {
    for (int pid : pids) {
      if (pid == process.pid()) {
        return true;
      }
    }
    for (String comm : comms) {
      if (comm.equals(process.comm())) {
        return true;
      }
    }
    return false;
  }

  /** The pids, if only they are selected: once these processes have ended, so has the recording. */
  List<Integer> onlyPids() {
    return comms.length == 0 ? Arrays.stream(pids).boxed().toList() : List.of();
  }

  /** In words: {@code pid 812, comm "nginx", filter "tcp port 80"}. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    for (int pid : pids) {
      parts.add("pid " + pid);
    }
    for (String comm : comms) {
      parts.add("comm " + Comment.quoted(comm));
    }
    if (filter != null) {
      parts.add("filter " + Comment.quoted(expression));
    }
    return String.join(", ", parts);
  }
}
