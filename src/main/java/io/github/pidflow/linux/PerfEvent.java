package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/**
 * perf_event_open(2) for the two kinds of event that pidflow opens: a dummy that counts nothing and
 * makes the kernel record what tasks do on one CPU, and a tracepoint on one CPU.
 *
 * <pre>
 * struct perf_event_attr, the fields that are set
 *  0 u32 type           40 u64 flags, one bit each
 *  4 u32 size           48 u32 wakeup_watermark
 *  8 u64 config         92 s32 clockid
 * 16 u64 sample_period
 * 24 u64 sample_type
 * </pre>
 */
final class PerfEvent {
  // Bits of the flags, each asking for a kind of record.
  static final long EXECUTABLE_MAPPINGS = 1L << 8;
  static final long COMM = 1L << 9;
  static final long TASK = 1L << 13;
  static final long COMM_EXEC = 1L << 24;
  static final long NAMESPACES = 1L << 28;
  static final long CGROUP = 1L << 32;

  private static final long DISABLED = 1;
  private static final long WATERMARK = 1L << 14;
  private static final long SAMPLE_ID_ALL = 1L << 18;
  private static final long USE_CLOCKID = 1L << 25;

  private static final int TYPE = 0;
  private static final int SIZE = 4;
  private static final int CONFIG = 8;
  private static final int SAMPLE_PERIOD = 16;
  private static final int SAMPLE_TYPE = 24;
  private static final int FLAGS = 40;
  private static final int WAKEUP_WATERMARK = 48;
  private static final int CLOCKID = 92;
  private static final int ATTR_SIZE_VER4 = 104;

  private static final int PERF_TYPE_SOFTWARE = 1;
  private static final int PERF_TYPE_TRACEPOINT = 2;
  private static final int PERF_COUNT_SW_DUMMY = 9;
  private static final int PERF_SAMPLE_TID = 1 << 1;
  private static final int PERF_SAMPLE_TIME = 1 << 2;
  private static final int PERF_SAMPLE_RAW = 1 << 10;
  private static final long IOC_ENABLE = 0x2400;
  private static final long IOC_DISABLE = 0x2401;
  private static final long IOC_SET_FILTER = 0x4008_2406L;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_BOOTTIME = 7;
  private static final int ALL_TASKS = -1;
  private static final int NO_GROUP = -1;
  private static final int FLAG_FD_CLOEXEC = 8;

  private PerfEvent() {}

  /**
   * Opens the event of one CPU.
   *
   * @param records the kinds of record to write, as a union of this class's flags
   */
  static Descriptor open(int cpu, long records) throws NativeIoException {
    try (Memory attr = attributes(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY)) {
      attr.setLong(SAMPLE_TYPE, PERF_SAMPLE_TID | PERF_SAMPLE_TIME);
      attr.setLong(FLAGS, records | WATERMARK | SAMPLE_ID_ALL | USE_CLOCKID);
      // In bytes, so that every record wakes the reader. A limit in events would count samples
      // only, and a dummy has none.
      attr.setInt(WAKEUP_WATERMARK, 1);
      // The clock of eBPF programs and of start times in /proc.
      attr.setInt(CLOCKID, CLOCK_BOOTTIME);
      return open(attr, cpu);
    }
  }

  /**
   * Opens a tracepoint on one CPU, switched off.
   *
   * @param filter in ftrace's language
   * @param wakeupBytes wakes the reader when the ring holds this much
   */
  static Descriptor openTracepoint(int cpu, int id, String filter, int wakeupBytes)
      throws NativeIoException {
    Descriptor event;
    try (Memory attr = attributes(PERF_TYPE_TRACEPOINT, id)) {
      attr.setLong(SAMPLE_PERIOD, 1);
      attr.setLong(SAMPLE_TYPE, PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW);
      attr.setLong(FLAGS, DISABLED | WATERMARK | USE_CLOCKID);
      attr.setInt(WAKEUP_WATERMARK, wakeupBytes);
      // The kernel refuses the clock of packets for events that an NMI may cause.
      attr.setInt(CLOCKID, CLOCK_MONOTONIC);
      event = open(attr, cpu);
    }
    try (Memory text = new Memory(filter.length() + 1L)) {
      text.setString(0, filter);
      control(event, IOC_SET_FILTER, Pointer.nativeValue(text), "PERF_EVENT_IOC_SET_FILTER");
      return event;
    } catch (NativeIoException e) {
      event.close();
      throw e;
    }
  }

  static void enable(Descriptor event) throws NativeIoException {
    control(event, IOC_ENABLE, 0, "PERF_EVENT_IOC_ENABLE");
  }

  static void disable(Descriptor event) throws NativeIoException {
    control(event, IOC_DISABLE, 0, "PERF_EVENT_IOC_DISABLE");
  }

  private static void control(Descriptor event, long request, long argument, String name)
      throws NativeIoException {
    Descriptor.checked(LibC.ioctl(event.fd(), request, argument), "ioctl(" + name + ')');
  }

  private static Memory attributes(int type, long config) {
    Memory attr = new Memory(ATTR_SIZE_VER4);
    attr.clear();
    attr.setInt(TYPE, type);
    attr.setInt(SIZE, ATTR_SIZE_VER4);
    attr.setLong(CONFIG, config);
    return attr;
  }

  private static Descriptor open(Memory attr, int cpu) throws NativeIoException {
    long fd =
        LibC.syscall(
            Syscall.PERF_EVENT_OPEN.number(),
            Pointer.nativeValue(attr),
            ALL_TASKS,
            cpu,
            NO_GROUP,
            FLAG_FD_CLOEXEC);
    return Descriptor.of(fd, "perf_event_open(CPU " + cpu + ')');
  }
}
