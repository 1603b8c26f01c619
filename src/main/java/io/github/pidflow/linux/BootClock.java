package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.time.Instant;

/**
 * Converts time since boot, which is the clock of eBPF programs, to time since the epoch, which is
 * the clock of packets.
 *
 * <pre>
 * struct timespec
 * 0 s64 tv_sec   8 s64 tv_nsec
 * </pre>
 */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;
  private static final int TRIES = 3;
  private static final long SECOND_NANOS = 1_000_000_000;

  private static final int TV_SEC = 0;
  private static final int TV_NSEC = 8;
  private static final int TIMESPEC_BYTES = 16;

  private BootClock() {}

  /** The same moment since the epoch: never too early, and at most a few microseconds late. */
  public static long epochNanos(long bootNanos) {
    // Not kept from call to call, since somebody may set CLOCK_REALTIME.
    long offset = Long.MAX_VALUE;
    try (Memory timespec = new Memory(TIMESPEC_BYTES)) {
      for (int i = 0; i < TRIES; i++) {
        // The offset is too large by the time that passes between the two readings.
        long boot = readBootNanos(timespec);
        offset = Math.min(offset, epochNanos() - boot);
      }
    }
    return bootNanos + offset;
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
