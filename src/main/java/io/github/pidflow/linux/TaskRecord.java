package io.github.pidflow.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Flyweight over one record of a perf ring (linux/perf_event.h), in native byte order. Every length
 * is checked before the bytes it covers are read. A record that is too short for its type is
 * skipped and counted.
 *
 * <pre>
 * header            FORK, EXIT         COMM               NAMESPACES              LOST
 *  0 u32 type        8 u32 pid          8 u32 pid          8 u32 pid               8 u64 id
 *  4 u16 misc       12 u32 ppid        12 u32 tid         12 u32 tid              16 u64 lost
 *  6 u16 size       16 u32 tid         16 char comm[]     16 u64 nr_namespaces
 *                   20 u32 ptid           NUL-padded to   24 { u64 dev, inode; }
 *                   24 u64 time           whole words        [nr_namespaces]
 * </pre>
 *
 * <pre>
 * MMAP                               CGROUP
 *  8 u32 pid     16 u64 addr          8 u64 id
 * 12 u32 tid     24 u64 len          16 char path[]
 *                32 u64 pgoff           NUL-padded to whole words
 *                40 char filename[]
 *                   NUL-padded to whole words
 * </pre>
 *
 * Each ends with {@code struct sample_id { u32 pid, tid; u64 time; }}, as sample_type requests.
 */
final class TaskRecord implements PerfRing.RecordHandler {
  private static final int MMAP = 1;
  private static final int LOST = 2;
  private static final int COMM = 3;
  private static final int EXIT = 4;
  private static final int FORK = 7;
  private static final int NAMESPACES = 16;
  private static final int CGROUP = 19;
  private static final int MISC_COMM_EXEC = 1 << 13;

  private static final int TYPE = 0;
  private static final int MISC = 4;
  private static final int PID = 8;
  private static final int PARENT_PID = 12;
  private static final int TID = 12;
  private static final int TASK_TID = 16;
  private static final int TASK_BYTES = 32;
  private static final int COMM_START = 16;
  private static final int FILENAME_START = 40;
  private static final int CGROUP_ID = 8;
  private static final int CGROUP_PATH_START = 16;
  private static final int NAMESPACE_COUNT = 16;
  private static final int NAMESPACE_START = 24;
  private static final int NAMESPACE_BYTES = 16;
  private static final int NAMESPACE_INODE = 8;
  private static final int NET_NS_INDEX = 0;
  private static final int LOST_COUNT = 16;
  private static final int LOST_BYTES = 24;

  private static final int SAMPLE_ID_BYTES = 16;
  private static final int SAMPLE_ID_TIME = 8;

  private TaskEvents.Listener listener;
  private long lost;
  private long malformed;

  /** Sets the receiver of the records that follow. */
  void setListener(TaskEvents.Listener listener) {
    this.listener = listener;
  }

  /** The number of records the kernel had no room for. */
  long lost() {
    return lost;
  }

  /** The number of records that were too short for their type. */
  long malformed() {
    return malformed;
  }

  @Override
  public void onRecord(ByteBuffer buffer, int offset, int length) {
    int end = length - SAMPLE_ID_BYTES;
    boolean complete =
        switch (buffer.getInt(offset + TYPE)) {
          case FORK -> end >= TASK_BYTES && fork(buffer, offset, end);
          case EXIT -> end >= TASK_BYTES && exit(buffer, offset, end);
          case COMM -> end > COMM_START && comm(buffer, offset, end);
          case MMAP -> end > FILENAME_START && executable(buffer, offset, end);
          case CGROUP -> end > CGROUP_PATH_START && cgroup(buffer, offset, end);
          case NAMESPACES -> end >= NAMESPACE_START && namespaces(buffer, offset, end);
          case LOST -> end >= LOST_BYTES && lost(buffer, offset);
          default -> true;
        };
    if (!complete) {
      malformed++;
    }
  }

  private boolean fork(ByteBuffer buffer, int offset, int end) {
    int pid = buffer.getInt(offset + PID);
    int parentPid = buffer.getInt(offset + PARENT_PID);
    // A new thread has the pid of its process.
    if (pid != parentPid) {
      listener.onFork(parentPid, pid, time(buffer, offset, end));
    }
    return true;
  }

  private boolean exit(ByteBuffer buffer, int offset, int end) {
    int pid = buffer.getInt(offset + PID);
    if (pid == buffer.getInt(offset + TASK_TID)) {
      listener.onExit(pid, time(buffer, offset, end));
    }
    return true;
  }

  private boolean comm(ByteBuffer buffer, int offset, int end) {
    listener.onComm(
        buffer.getInt(offset + PID),
        buffer.getInt(offset + TID),
        text(buffer, offset + COMM_START, offset + end),
        (buffer.getShort(offset + MISC) & MISC_COMM_EXEC) != 0,
        time(buffer, offset, end));
    return true;
  }

  private boolean executable(ByteBuffer buffer, int offset, int end) {
    // Not memory without a file, "//anon", nor the kernel's own, "[vdso]".
    if (buffer.get(offset + FILENAME_START) == '/'
        && buffer.get(offset + FILENAME_START + 1) != '/') {
      listener.onExecutable(
          buffer.getInt(offset + PID),
          text(buffer, offset + FILENAME_START, offset + end),
          time(buffer, offset, end));
    }
    return true;
  }

  private boolean cgroup(ByteBuffer buffer, int offset, int end) {
    listener.onCgroup(
        buffer.getLong(offset + CGROUP_ID),
        text(buffer, offset + CGROUP_PATH_START, offset + end),
        time(buffer, offset, end));
    return true;
  }

  private boolean namespaces(ByteBuffer buffer, int offset, int end) {
    long count = buffer.getLong(offset + NAMESPACE_COUNT);
    int room = (end - NAMESPACE_START) / NAMESPACE_BYTES;
    if (count <= NET_NS_INDEX || count > room) {
      return false;
    }
    int net = offset + NAMESPACE_START + NET_NS_INDEX * NAMESPACE_BYTES;
    listener.onNamespaces(
        buffer.getInt(offset + PID),
        buffer.getInt(offset + TID),
        buffer.getLong(net + NAMESPACE_INODE),
        time(buffer, offset, end));
    return true;
  }

  private boolean lost(ByteBuffer buffer, int offset) {
    lost += buffer.getLong(offset + LOST_COUNT);
    return true;
  }

  /** The text that a NUL ends. */
  private static String text(ByteBuffer buffer, int start, int end) {
    byte[] text = new byte[end - start];
    buffer.get(start, text);
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  private static long time(ByteBuffer buffer, int offset, int end) {
    return buffer.getLong(offset + end + SAMPLE_ID_TIME);
  }
}
