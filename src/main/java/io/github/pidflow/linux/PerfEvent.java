package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Locale;

/**
 * perf_event_open(2), for the one kind of event pidflow opens: a dummy that counts nothing and has
 * the kernel write down what tasks do on one CPU.
 *
 * <pre>
 * struct perf_event_attr, as far as it is used
 *  0 u32 type           40 u64 flags, one bit each
 *  4 u32 size           48 u32 wakeup_watermark
 *  8 u64 config         92 s32 clockid
 * 24 u64 sample_type
 * </pre>
 */
final class PerfEvent {
  static final long COMM = 1L << 9;
  static final long TASK = 1L << 13;
  static final long COMM_EXEC = 1L << 24;
  static final long NAMESPACES = 1L << 28;

  private static final long WATERMARK = 1L << 14;
  private static final long SAMPLE_ID_ALL = 1L << 18;
  private static final long USE_CLOCKID = 1L << 25;

  private static final int ATTR_SIZE_VER4 = 104;
  private static final int PERF_TYPE_SOFTWARE = 1;
  private static final int PERF_COUNT_SW_DUMMY = 9;
  private static final int PERF_SAMPLE_TID = 1 << 1;
  private static final int PERF_SAMPLE_TIME = 1 << 2;
  private static final int CLOCK_REALTIME = 0;

  private static final int ALL_TASKS = -1;
  private static final int NO_GROUP = -1;
  private static final int FLAG_FD_CLOEXEC = 8;

  private PerfEvent() {}

  /**
   * Opens the event of one CPU.
   *
   * @param records which records are wanted, an or of this class's flags
   */
  static int open(int cpu, long records) throws NativeIoException {
    try (Memory attr = new Memory(ATTR_SIZE_VER4)) {
      attr.clear();
      attr.setInt(0, PERF_TYPE_SOFTWARE);
      attr.setInt(4, ATTR_SIZE_VER4);
      attr.setLong(8, PERF_COUNT_SW_DUMMY);
      attr.setLong(24, PERF_SAMPLE_TID | PERF_SAMPLE_TIME);
      attr.setLong(40, records | WATERMARK | SAMPLE_ID_ALL | USE_CLOCKID);
      // A byte: every record wakes. Counted in events, as it can be too, only samples would.
      attr.setInt(48, 1);
      // The clock of packets' time stamps.
      attr.setInt(92, CLOCK_REALTIME);
      long fd =
          LibC.syscall(
              number(), Pointer.nativeValue(attr), ALL_TASKS, cpu, NO_GROUP, FLAG_FD_CLOEXEC);
      if (fd < 0) {
        throw NativeIoException.last("perf_event_open(CPU " + cpu + ')');
      }
      return (int) fd;
    }
  }

  /** The call's number, which each architecture chose for itself. */
  private static long number() {
    return switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> 298;
      case "aarch64", "riscv64" -> 241;
      case "ppc64le" -> 319;
      default -> -1;
    };
  }
}
