package io.github.pidflow.recording;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whole pcapng blocks on their way from the capturing thread to the writing one: a ring of bytes of
 * a fixed size, with one thread at each end. The capturing thread never waits: it gets no block if
 * there is no room.
 *
 * <pre>
 *   | block | block | ... free ... | block | filler |     a block lies in one piece, so a filler
 *                   ^ put          ^ taken          ^     (of type 0) leads back to the start
 * </pre>
 */
final class BlockRing {
  private static final int FILLER = 0;

  private final ByteBuffer putting;
  private final ByteBuffer taking;
  private final int capacity;
  private final AtomicLong put = new AtomicLong();
  private final AtomicLong taken = new AtomicLong();
  private int reserved;

  /**
   * @param capacity a power of two
   */
  BlockRing(int capacity) {
    this.capacity = capacity;
    ByteBuffer bytes = ByteBuffer.allocateDirect(capacity);
    putting = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    taking = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Empties it for another recording, once both of its threads have let go of it. */
  void clear() {
    put.set(0);
    taken.set(0);
  }

  /** A place to build a block of at most so many bytes, null if there is no room for it. */
  ByteBuffer reserve(int bytes) {
    long head = put.getPlain();
    int at = (int) (head & capacity - 1);
    int toEnd = capacity - at;
    int skipped = bytes > toEnd ? toEnd : 0;
    if (skipped + (long) bytes > capacity - (head - taken.getAcquire())) {
      return null;
    }
    if (skipped > 0) {
      putting.clear();
      putting.putInt(at, FILLER);
      at = 0;
    }
    reserved = skipped;
    putting.limit(at + bytes).position(at);
    return putting;
  }

  /** Hands over the block built since {@link #reserve}; its length is a multiple of four. */
  void commit() {
    int at = (int) (put.getPlain() + reserved & capacity - 1);
    put.setRelease(put.getPlain() + reserved + (putting.position() - at));
  }

  /** The next blocks that lie in one piece; empty if there are none. */
  ByteBuffer take() {
    long tail = taken.getPlain();
    long available = put.getAcquire() - tail;
    int at = (int) (tail & capacity - 1);
    if (available > 0 && taking.clear().getInt(at) == FILLER) {
      int toEnd = capacity - at;
      taken.setRelease(tail + toEnd);
      available -= toEnd;
      at = 0;
    }
    int end = at;
    while (end - at < available && end < capacity && taking.clear().getInt(end) != FILLER) {
      end += taking.getInt(end + 4);
    }
    taking.limit(end).position(at);
    return taking;
  }

  /** Gives back the room of blocks that were taken. */
  void release(int bytes) {
    taken.setRelease(taken.getPlain() + bytes);
  }
}
