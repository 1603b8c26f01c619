package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Reads the frames of a TPACKET_V3 ring out of its memory, block by block in the order the kernel
 * fills them, and hands each block back once all of it is read.
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

  /** Hands over the frames there are, at most {@code limit}, and returns how many those were. */
  int poll(FrameHandler handler, int limit) {
    if (!open && !openNext()) {
      return 0;
    }
    int handled = 0;
    try {
      while (handled < limit && block.hasNext()) {
        if (block.next(frame)) {
          handled++;
          handler.onFrame(frame.weight(weights.at(frame.timestampNanos())));
        } else {
          counters.increment(DaemonCounter.RING_BLOCKS_REFUSED);
        }
      }
    } finally {
      // Also after a handler that threw: the frame it failed on is behind us.
      if (!block.hasNext()) {
        block.release();
        open = false;
        current = (current + 1) % blockCount;
      }
    }
    return handled;
  }

  /** Says that frames stamped from now on stand for as many packets each. */
  void weigh(int weight, long epochNanos) {
    weights.change(weight, epochNanos, System.nanoTime());
  }

  private boolean openNext() {
    open = block.open(current * blockSize);
    if (open) {
      health.measure(block, current, System.currentTimeMillis());
    } else {
      weights.ringIsEmpty(System.nanoTime());
    }
    return open;
  }
}
