package io.github.pidflow.recording;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;

/** Whose a packet is at either end, as far as it is known. Mutable and reused. */
final class Sides {
  private final Side sender = new Side();
  private final Side receiver = new Side();

  /** One end: waiting for its owner, or a process, or a reason, or nothing if it is not here. */
  private static final class Side {
    private boolean waits;
    private ProcessInfo process;
    private UnattributedReason reason;

    void set(boolean waits, ProcessInfo process, UnattributedReason reason) {
      this.waits = waits;
      this.process = process;
      this.reason = reason;
    }
  }

  void clear() {
    sender.set(false, null, null);
    receiver.set(false, null, null);
  }

  void set(Direction direction, ProcessInfo process, UnattributedReason reason) {
    side(direction).set(false, process, reason);
  }

  void await(Direction direction) {
    side(direction).set(true, null, null);
  }

  boolean waits(Direction direction) {
    return side(direction).waits;
  }

  boolean isWaiting() {
    return sender.waits || receiver.waits;
  }

  Sides copy() {
    Sides copy = new Sides();
    copy.sender.set(sender.waits, sender.process, sender.reason);
    copy.receiver.set(receiver.waits, receiver.process, receiver.reason);
    return copy;
  }

  /** What to say of the packet in a recording, null if it is none of its packets. */
  byte[] comment(Choice choice, Comments comments) {
    boolean any = choice.isAnyones();
    boolean bySender = isProcess(sender) && (any || choice.has(sender.process));
    boolean byReceiver = isProcess(receiver) && (any || choice.has(receiver.process));
    if (bySender && byReceiver) {
      return comments.between(sender.process, receiver.process);
    }
    if (bySender || byReceiver) {
      return comments.of(bySender ? sender.process : receiver.process);
    }
    return any ? nobodys() : null;
  }

  private byte[] nobodys() {
    UnattributedReason reason = sender.reason == null ? receiver.reason : sender.reason;
    if (reason != null) {
      return Comment.of(reason);
    }
    return isWaiting() ? Comment.undecided() : Comment.forwarded();
  }

  @SuppressWarnings("ReferenceEquality") // there is one such object
  private static boolean isProcess(Side side) {
    return side.process != null && side.process != ProcessInfo.PASSING;
  }

  private Side side(Direction direction) {
    return direction == Direction.TX ? sender : receiver;
  }
}
