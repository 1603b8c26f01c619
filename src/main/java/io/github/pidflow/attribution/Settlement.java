package io.github.pidflow.attribution;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;

/** Hears what became of the segments of a flow that waited for its owner. */
@FunctionalInterface
public interface Settlement {
  /**
   * All of the flow's segments of a direction are this process's, or nobody's.
   *
   * @param flow what the owner sent, valid during the call only
   * @param process null if there is a reason
   */
  void settled(Segment flow, Direction direction, ProcessInfo process, UnattributedReason reason);
}
