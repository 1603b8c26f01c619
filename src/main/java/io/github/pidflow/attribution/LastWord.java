package io.github.pidflow.attribution;

import io.github.pidflow.flow.Segment;
import io.github.pidflow.ownership.SocketOwner;

/** Says whose a flow is, or why nobody's, once waiting for its owner has come to nothing. */
@FunctionalInterface
public interface LastWord {
  /**
   * The owner, or the reason why there is none.
   *
   * @param flow valid during the call only
   * @param begunHere for what was sent, whether it was sent before anything was received; false for
   *     what was received
   */
  SocketOwner of(Segment flow, boolean begunHere);
}
