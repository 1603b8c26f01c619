package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.time.Instant;

/**
 * The clock that nobody can set, CLOCK_BOOTTIME, which eBPF programs and task events use. Steady
 * time is the same clock, but counted from the epoch, so that it can be compared with the time
 * stamps of packets until CLOCK_REALTIME is set; {@code PacketClock} corrects those then.
 *
 * <pre>
 * struct timespec
 * 0 s64 tv_sec   8 s64 tv_nsec
 * </pre>
 */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;
  private static final int TRIES = 10;
  private static final long EXACT_NANOS = 5_000;
  private static final long SECOND_NANOS = 1_000_000_000;

  /** Of USER_HZ, which is 100 on every architecture that pidflow supports. */
  public static final long NANOS_PER_TICK = 10_000_000;

  private static final int TV_SEC = 0;
  private static final int TV_NSEC = 8;
  private static final int TIMESPEC_BYTES = 16;

  /** What CLOCK_REALTIME was ahead of CLOCK_BOOTTIME by at the start. */
  private static final long START_OFFSET = offset();

  private BootClock() {}

  /** The same moment in {@link #steadyNanos() steady time}. */
  public static long steadyNanos(long bootNanos) {
    return bootNanos + START_OFFSET;
  }

  /** A moment of steady time as {@code /proc/PID/stat} has the start of a process. */
  public static long ticks(long steadyNanos) {
    return (steadyNanos - START_OFFSET) / NANOS_PER_TICK;
  }

  /**
   * The present time since the epoch as if nobody had set CLOCK_REALTIME since the start. Times
   * that are kept and compared are of this clock.
   */
  public static long steadyNanos() {
    return steadyNanos(nanos());
  }

  /** How far CLOCK_REALTIME has been set ahead since the start, give or take microseconds. */
  public static long stepNanos() {
    return offset() - START_OFFSET;
  }

  private static long offset() {
    long offset = 0;
    long best = Long.MAX_VALUE;
    try (Memory timespec = new Memory(TIMESPEC_BYTES)) {
      for (int i = 0; i < TRIES && best > EXACT_NANOS; i++) {
        // The offset is too large by at most the time that passes between the readings.
        long boot = readBootNanos(timespec);
        long epoch = epochNanos();
        long took = readBootNanos(timespec) - boot;
        if (took < best) {
          best = took;
          offset = epoch - boot;
        }
      }
    }
    return offset;
  }

  /** The present time since boot (CLOCK_BOOTTIME). */
  public static long nanos() {
    try (Memory timespec = new Memory(TIMESPEC_BYTES)) {
      return readBootNanos(timespec);
    }
  }

  /** The present time since the epoch (CLOCK_REALTIME). */
  public static long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * SECOND_NANOS + now.getNano();
  }

  /** The present time since boot (CLOCK_BOOTTIME). */
  public static long bootNanos() {
    try (Memory timespec = new Memory(TIMESPEC_BYTES)) {
      return readBootNanos(timespec);
    }
  }

  private static long readBootNanos(Memory timespec) {
    LibC.clock_gettime(CLOCK_BOOTTIME, timespec);
    return timespec.getLong(TV_SEC) * SECOND_NANOS + timespec.getLong(TV_NSEC);
  }
}
