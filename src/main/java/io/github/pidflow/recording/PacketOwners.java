package io.github.pidflow.recording;

import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;

/** The verdicts on one packet at its two ends, as far as they are known. Mutable and reused. */
final class PacketOwners {
  private final End sender = new End();
  private final End receiver = new End();

  /** One end: pending, or a process, or a reason, or none of these if it is not on this host. */
  private static final class End {
    private boolean pending;
    private ProcessInfo process;
    private UnattributedReason reason;

    void set(boolean pending, ProcessInfo process, UnattributedReason reason) {
      this.pending = pending;
      this.process = process;
      this.reason = reason;
    }
  }

  void clear() {
    sender.set(false, null, null);
    receiver.set(false, null, null);
  }

  /**
   * Sets the verdict at one end.
   *
   * @param process null if there is none
   * @param reason null if there is a process, or if the packet is forwarded
   */
  void set(Direction direction, ProcessInfo process, UnattributedReason reason) {
    end(direction).set(false, process, reason);
  }

  void setPending(Direction direction) {
    end(direction).set(true, null, null);
  }

  boolean isPending(Direction direction) {
    return end(direction).pending;
  }

  boolean isPending() {
    return sender.pending || receiver.pending;
  }

  PacketOwners copy() {
    PacketOwners copy = new PacketOwners();
    copy.sender.set(sender.pending, sender.process, sender.reason);
    copy.receiver.set(receiver.pending, receiver.process, receiver.reason);
    return copy;
  }

  /** The packet's comment in a recording of this selection, null if it is not selected. */
  byte[] comment(Selection selection, Comments comments) {
    boolean any = selection.isAnyProcess();
    boolean bySender = isSelected(sender, selection, any);
    boolean byReceiver = isSelected(receiver, selection, any);
    if (bySender && byReceiver) {
      return comments.between(sender.process, receiver.process);
    }
    if (bySender || byReceiver) {
      return comments.of(bySender ? sender.process : receiver.process);
    }
    return any ? commentWithoutProcess() : null;
  }

  private static boolean isSelected(End end, Selection selection, boolean any) {
    return end.process != null && (any || selection.contains(end.process));
  }

  private byte[] commentWithoutProcess() {
    UnattributedReason reason = sender.reason == null ? receiver.reason : sender.reason;
    if (reason != null) {
      return Comment.of(reason);
    }
    return isPending() ? Comment.undecided() : Comment.forwarded();
  }

  private End end(Direction direction) {
    return direction == Direction.TX ? sender : receiver;
  }
}
