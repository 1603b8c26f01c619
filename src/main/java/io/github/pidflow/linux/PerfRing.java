package io.github.pidflow.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the ring that a perf event writes its records to (linux/perf_event.h): one page with the
 * positions of the kernel and of the reader, then the data, whose size is a power of two.
 *
 * <pre>
 * struct perf_event_mmap_page        struct perf_event_header
 * 1024 u64 data_head                 0 u32 type
 * 1032 u64 data_tail                 4 u16 misc
 *                                    6 u16 size, with this header
 * </pre>
 *
 * Both positions only grow; an offset in the data is a position modulo the data's size. The head is
 * read with acquire semantics before the records up to it. The tail is written with release
 * semantics after they have been read, which allows the kernel to overwrite them. A record that
 * wraps around the end of the data is copied into a buffer first.
 */
final class PerfRing {
  static final int DATA_HEAD = 1024;
  static final int DATA_TAIL = 1032;
  static final int HEADER_BYTES = 8;

  private static final int HEADER_SIZE = 6;
  private static final int MAX_RECORD_BYTES = 0xffff;
  private static final VarHandle POSITION =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;
  private final int dataOffset;
  private final int dataBytes;
  private final ByteBuffer joined;
  private long malformed;

  /** Receives each record by its position in a buffer, header included. */
  @FunctionalInterface
  interface RecordHandler {
    void onRecord(ByteBuffer buffer, int offset, int length);
  }

  /**
   * Creates a reader of mapped memory.
   *
   * @param pageBytes size of the first page
   * @throws IllegalArgumentException if the size of the data after it is not a power of two
   */
  PerfRing(ByteBuffer memory, int pageBytes) {
    this.memory = memory.order(ByteOrder.nativeOrder());
    dataOffset = pageBytes;
    dataBytes = memory.capacity() - pageBytes;
    if (Integer.bitCount(dataBytes) != 1) {
      throw new IllegalArgumentException(dataBytes + " bytes of data");
    }
    joined =
        ByteBuffer.allocate(Math.min(dataBytes, MAX_RECORD_BYTES + 1))
            .order(ByteOrder.nativeOrder());
  }

  /**
   * Passes on the records that are in the ring now, but none that are added meanwhile.
   *
   * @return the number of records
   */
  int drain(RecordHandler handler) {
    long head = (long) POSITION.getAcquire(memory, DATA_HEAD);
    long tail = (long) POSITION.get(memory, DATA_TAIL);
    int records = 0;
    try {
      while (tail != head) {
        int length = length(tail, head);
        if (length < 0) {
          // There is no way to tell where the next record starts.
          malformed++;
          tail = head;
          break;
        }
        long at = tail;
        // First, so that a record whose handler fails is not passed on again.
        tail += length;
        records++;
        passOn(at, length, handler);
      }
    } finally {
      POSITION.setRelease(memory, DATA_TAIL, tail);
    }
    return records;
  }

  /** How often the rest of the ring was skipped because a record's length was impossible. */
  long malformed() {
    return malformed;
  }

  /** The length of the record at a position, or -1 if the length is impossible. */
  private int length(long tail, long head) {
    long available = head - tail;
    if (available < HEADER_BYTES || available > dataBytes || (tail & HEADER_BYTES - 1) != 0) {
      return -1;
    }
    // Records consist of whole words, so a header never wraps around.
    int length = Short.toUnsignedInt(memory.getShort(offset(tail) + HEADER_SIZE));
    boolean possible = length >= HEADER_BYTES && length % HEADER_BYTES == 0 && length <= available;
    return possible ? length : -1;
  }

  private void passOn(long position, int length, RecordHandler handler) {
    int offset = offset(position);
    int untilEnd = memory.capacity() - offset;
    if (length <= untilEnd) {
      handler.onRecord(memory, offset, length);
    } else {
      joined.put(0, memory, offset, untilEnd);
      joined.put(untilEnd, memory, dataOffset, length - untilEnd);
      handler.onRecord(joined, 0, length);
    }
  }

  private int offset(long position) {
    return dataOffset + (int) (position & dataBytes - 1);
  }
}
