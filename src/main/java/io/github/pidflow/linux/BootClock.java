package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.time.Instant;

/**
 * Turns time since boot, which eBPF programs can read, into time since the epoch, which packets are
 * stamped with. Both clocks are read each time, since the latter may be set.
 */
public final class BootClock {
  private static final int CLOCK_BOOTTIME = 7;
  private static final int TRIES = 3;
  private static final long SECOND_NANOS = 1_000_000_000;

  private BootClock() {}

  /** The same moment since the epoch: never too early, and late by a microsecond or two. */
  public static long epochNanos(long bootNanos) {
    long offset = Long.MAX_VALUE;
    try (Memory timespec = new Memory(16)) {
      for (int i = 0; i < TRIES; i++) {
        // The time between the two readings is what the offset is too large by.
        long boot = bootNanos(timespec);
        offset = Math.min(offset, epochNanos() - boot);
      }
    }
    return bootNanos + offset;
  }

  /** CLOCK_REALTIME, as packets are stamped. */
  public static long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * SECOND_NANOS + now.getNano();
  }

  private static long bootNanos(Memory timespec) {
    LibC.clock_gettime(CLOCK_BOOTTIME, timespec);
    return timespec.getLong(0) * SECOND_NANOS + timespec.getLong(8);
  }
}
