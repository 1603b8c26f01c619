package io.github.pidflow.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the ring a perf event writes its records to (linux/perf_event.h): one page the kernel and
 * we tell each other our places in, then the data, a power of two of pages.
 *
 * <pre>
 * struct perf_event_mmap_page        struct perf_event_header
 * 1024 u64 data_head                 0 u32 type
 * 1032 u64 data_tail                 4 u16 misc
 *                                    6 u16 size, with this header
 * </pre>
 *
 * Both places only grow, and stand for their remainder by the data's size. The head is read with
 * acquire, before the records up to it; the tail is written with release, after they were read, and
 * lets the kernel write over them. A record may run over the end of the data and on at its start;
 * it is put together in a buffer then.
 */
final class PerfRing {
  static final int DATA_HEAD = 1024;
  static final int DATA_TAIL = 1032;
  static final int HEADER_BYTES = 8;

  private static final int MAX_RECORD_BYTES = 0xffff;
  private static final VarHandle PLACE =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;
  private final int dataOffset;
  private final int dataBytes;
  private final ByteBuffer joined;
  private long malformed;

  /** What is given each record: where it lies, header included. */
  @FunctionalInterface
  interface RecordHandler {
    void onRecord(ByteBuffer buffer, int offset, int length);
  }

  /**
   * A reader of mapped memory.
   *
   * @param pageBytes size of the first page; what follows is a power of two
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
   * Hands over the records there are now, those that come meanwhile excepted.
   *
   * @return how many there were
   */
  int drain(RecordHandler handler) {
    long head = (long) PLACE.getAcquire(memory, DATA_HEAD);
    long tail = (long) PLACE.get(memory, DATA_TAIL);
    int records = 0;
    try {
      while (tail != head) {
        int length = length(tail, head);
        if (length < 0) {
          // Nothing tells where the next one starts.
          malformed++;
          tail = head;
          break;
        }
        long at = tail;
        // First: a record its handler fails on is not handed over again.
        tail += length;
        records++;
        handOver(at, length, handler);
      }
    } finally {
      PLACE.setRelease(memory, DATA_TAIL, tail);
    }
    return records;
  }

  /**
   * How often the rest of the ring was given up, since a record's length was not to be believed.
   */
  long malformed() {
    return malformed;
  }

  /** The length of the record at a place, or -1 if it cannot be one. */
  private int length(long tail, long head) {
    long available = head - tail;
    if (available < HEADER_BYTES || available > dataBytes || (tail & HEADER_BYTES - 1) != 0) {
      return -1;
    }
    // Records are of whole words, so a header is never torn.
    int length = Short.toUnsignedInt(memory.getShort(position(tail) + 6));
    boolean whole = length >= HEADER_BYTES && length % HEADER_BYTES == 0 && length <= available;
    return whole ? length : -1;
  }

  private void handOver(long at, int length, RecordHandler handler) {
    int position = position(at);
    int untilEnd = memory.capacity() - position;
    if (length <= untilEnd) {
      handler.onRecord(memory, position, length);
    } else {
      joined.put(0, memory, position, untilEnd);
      joined.put(untilEnd, memory, dataOffset, length - untilEnd);
      handler.onRecord(joined, 0, length);
    }
  }

  private int position(long place) {
    return dataOffset + (int) (place & dataBytes - 1);
  }
}
