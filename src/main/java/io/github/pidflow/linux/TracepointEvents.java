package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The records that a tracepoint makes on all CPUs (perf_event_open(2)), as far as a filter lets
 * them through. The filter runs in the kernel, before a record is written. While switched off, a
 * tracepoint costs whoever passes it next to nothing. For one thread.
 *
 * <pre>
 * struct perf_event_header, PERF_RECORD_SAMPLE     PERF_RECORD_LOST
 *  0 u32 type                                       8 u64 id
 *  4 u16 misc                                      16 u64 lost
 *  6 u16 size
 *  8 u32 pid
 * 12 u32 tid
 * 16 u64 time
 * 24 u32 size of what follows
 * 28 the tracepoint's record
 * </pre>
 *
 * Needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8.
 */
public final class TracepointEvents extends Pollable implements AutoCloseable {
  private static final int LOST = 2;
  private static final int SAMPLE = 9;
  private static final int TYPE = 0;
  private static final int LOST_COUNT = 16;
  private static final int LOST_BYTES = 24;
  private static final int PID = 8;
  private static final int TIME = 16;
  private static final int RAW_SIZE = 24;
  private static final int RAW = 28;

  private final PerfRings rings;
  private final int recordBytes;
  private long toEpochNanos;
  private long lost;
  private long malformed;

  private TracepointEvents(PerfRings rings, int recordBytes) {
    this.rings = rings;
    this.recordBytes = recordBytes;
  }

  /** Receives the records. */
  @FunctionalInterface
  public interface Listener {
    /**
     * One record, valid during the call.
     *
     * @param pid the process that passed the tracepoint, in this process's pid namespace; 0 or less
     *     if it is outside
     * @param timeNanos since the epoch, a few microseconds late at most
     * @param offset where the tracepoint's record begins in the buffer, in native byte order
     */
    void onEvent(int pid, long timeNanos, ByteBuffer buffer, int offset);
  }

  /**
   * Opens a tracepoint, switched off.
   *
   * @param filter as ftrace takes it
   * @param dataPages the size of each CPU's ring, a power of two
   * @param wakeupBytes wakes the reader when a ring holds this much
   */
  public static TracepointEvents open(
      Tracepoint tracepoint, String filter, int dataPages, int wakeupBytes) throws IOException {
    PerfRings rings =
        PerfRings.open(
            cpu -> PerfEvent.openTracepoint(cpu, tracepoint.id(), filter, wakeupBytes), dataPages);
    return new TracepointEvents(rings, tracepoint.bytes());
  }

  public void enable() throws NativeIoException {
    rings.forEach(PerfEvent::enable);
  }

  public void disable() throws NativeIoException {
    rings.forEach(PerfEvent::disable);
  }

  /** Reads the records since the last call; returns their number. */
  public int drain(Listener listener) {
    // Read in this order, so that a time is rather late than early. nanoTime() is CLOCK_MONOTONIC.
    long monotonic = System.nanoTime();
    toEpochNanos = BootClock.steadyNanos() - monotonic;
    return rings.drain((buffer, offset, length) -> pass(listener, buffer, offset, length));
  }

  private void pass(Listener listener, ByteBuffer buffer, int offset, int length) {
    int type = buffer.getInt(offset + TYPE);
    if (type == SAMPLE) {
      boolean complete =
          length >= RAW + recordBytes && buffer.getInt(offset + RAW_SIZE) >= recordBytes;
      if (complete) {
        int pid = buffer.getInt(offset + PID);
        long timeNanos = buffer.getLong(offset + TIME) + toEpochNanos;
        listener.onEvent(pid, timeNanos, buffer, offset + RAW);
      } else {
        malformed++;
      }
    } else if (type == LOST && length >= LOST_BYTES) {
      lost += buffer.getLong(offset + LOST_COUNT);
    }
  }

  /** The number of records lost because a ring was full, as far as the kernel has reported. */
  public long lost() {
    return lost;
  }

  /** The number of malformed records, and of rings skipped because of a malformed length. */
  public long malformed() {
    return malformed + rings.malformed();
  }

  @Override
  List<Descriptor> descriptors() {
    return rings.descriptors();
  }

  @Override
  public void close() {
    rings.close();
  }
}
