package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Reads frames from the memory of a TPACKET_V3 ring, block by block in the order in which the
 * kernel fills them. Each block is returned to the kernel when all of it has been read.
 */
final class RingReader {
  private final TpacketBlock block;
  private final int blockSize;
  private final int blockCount;
  private final DaemonCounters counters;
  private final RingHealth health;
  private final FrameWeights weights;
  private final Frame frame = new Frame();
  private int current;
  private boolean open;

  RingReader(
      int namespace,
      ByteBuffer ring,
      int blockSize,
      Duration retireTimeout,
      DaemonCounters counters) {
    this.blockSize = blockSize;
    this.counters = counters;
    blockCount = ring.capacity() / blockSize;
    block = new TpacketBlock(ring, blockSize);
    health = new RingHealth(counters.distributions(), blockSize, blockCount);
    weights = new FrameWeights(retireTimeout);
    frame.namespace(namespace);
  }

  /** Hands over available frames, at most {@code limit}; returns how many. */
  int poll(FrameHandler handler, int limit) {
    if (!open && !openNext()) {
      return 0;
    }
    int handled = 0;
    try {
      while (handled < limit && block.hasNext()) {
        if (block.next(frame)) {
          handled++;
          handler.onFrame(frame.weight(weights.weightAt(frame.timestampNanos())));
        } else {
          counters.increment(DaemonCounter.RING_BLOCKS_REFUSED);
        }
      }
    } finally {
      // Also if the handler threw: the frame it failed on counts as read.
      if (!block.hasNext()) {
        block.release();
        open = false;
        current = (current + 1) % blockCount;
      }
    }
    return handled;
  }

  /** Gives frames stamped from {@code epochNanos} on another weight. */
  void setWeight(int weight, long epochNanos) {
    weights.change(weight, epochNanos, System.nanoTime());
  }

  private boolean openNext() {
    open = block.open(current * blockSize);
    if (open) {
      health.measure(block, current, System.currentTimeMillis());
    } else {
      weights.ringEmptied(System.nanoTime());
    }
    return open;
  }
}
