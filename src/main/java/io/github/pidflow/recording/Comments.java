package io.github.pidflow.recording;

import io.github.pidflow.flow.ProcessInfo;

/** Keeps the last comments, since packets come in runs of one process. For one thread. */
@SuppressWarnings(
    "ReferenceEquality") // an equal process in another object only costs a new comment
final class Comments {
  private ProcessInfo process;
  private byte[] ofProcess;
  private ProcessInfo sender;
  private ProcessInfo receiver;
  private byte[] between;

  byte[] of(ProcessInfo process) {
    if (this.process != process) {
      this.process = process;
      ofProcess = Comment.of(process);
    }
    return ofProcess;
  }

  byte[] between(ProcessInfo sender, ProcessInfo receiver) {
    if (this.sender != sender || this.receiver != receiver) {
      this.sender = sender;
      this.receiver = receiver;
      between = Comment.between(sender, receiver);
    }
    return between;
  }
}
