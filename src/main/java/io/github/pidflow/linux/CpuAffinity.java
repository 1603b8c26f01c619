package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.util.Collection;

/** Sets the processors that the calling thread may run on (sched_setaffinity(2)). */
public final class CpuAffinity {
  /** The number of bits in the C library's cpu_set_t. */
  private static final int MAX_CPUS = 1024;

  private static final int THIS_THREAD = 0;

  private CpuAffinity() {}

  /** Restricts the calling thread to these processors, by their numbers in /proc/cpuinfo. */
  public static void pin(Collection<Integer> cpus) throws NativeIoException {
    try (Memory mask = new Memory(MAX_CPUS / Byte.SIZE)) {
      mask.clear();
      for (int cpu : cpus) {
        // The mask consists of native unsigned longs, not of bytes.
        long at = (long) cpu / Long.SIZE * Long.BYTES;
        mask.setLong(at, mask.getLong(at) | 1L << cpu % Long.SIZE);
      }
      if (LibC.sched_setaffinity(THIS_THREAD, mask.size(), mask) != 0) {
        throw NativeIoException.last("sched_setaffinity(" + cpus + ')');
      }
    }
  }
}
