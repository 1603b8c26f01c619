package io.github.pidflow.recording;

import io.github.pidflow.linux.BootClock;
import io.github.pidflow.runtime.DaemonCounter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes one recording to its files and ends it when it is due. It has a thread of its own, so that
 * a slow disk costs only the recording. Blocks are written to the file system at once, so that a
 * killed daemon leaves a file that is whole but for its last block, and synced every second.
 */
final class RecordingWriter implements Runnable {
  private static final long POLL_NANOS = 10_000_000;
  private static final long SYNC_NANOS = 1_000_000_000;
  private static final int LARGEST_WRITE = 1 << 20;

  /** Room that is kept in a file for its last blocks, of each interface. */
  private static final int STATISTICS_BYTES = 256;

  private static final int HEADER_BYTES = 8192;

  /** How long packets of a process may still come after it has ended. */
  private static final long LINGER_NANOS = 2_000_000_000L;

  private final Recording recording;
  private final RecordingFile file;
  private final Recordings.Context context;
  private final List<byte[]> descriptions = new ArrayList<>();
  private final long dropsBefore;
  private final AtomicLong packets = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean ended;
  private volatile long dropsAtEnd;
  private long nextSyncNanos = System.nanoTime();
  private long processesGoneNanos;
  private boolean discards;

  RecordingWriter(Recording recording, RecordingFile file, Recordings.Context context) {
    this.recording = recording;
    this.file = file;
    this.context = context;
    dropsBefore = context.kernelDrops().getAsLong();
  }

  long packets() {
    return packets.get();
  }

  /** Bytes written to all its files, deleted ones included. */
  long bytes() {
    return bytes.get();
  }

  boolean isEnded() {
    return ended;
  }

  long kernelDrops() {
    return ended ? dropsAtEnd : context.kernelDrops().getAsLong() - dropsBefore;
  }

  /** Opens the first file, so that a failure is reported to the one who asked for it. */
  void open() throws IOException {
    requireRoom(LARGEST_WRITE);
    file.openNext();
    try {
      writeHeader();
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private void requireRoom(int forBytes) throws IOException {
    if (context.keepFreeBytes() == 0) {
      return;
    }
    long usable = file.usableBytes();
    if (usable - forBytes < context.keepFreeBytes()) {
      throw new NoRoomException(
          Bytes.text(usable)
              + " are free on the disk and "
              + Bytes.text(context.keepFreeBytes())
              + " must stay free: make room, or lower pidflow.recordings.keep-free");
    }
  }

  @Override
  public void run() {
    try {
      while (!isDone()) {
        if (writeSome() == 0) {
          LockSupport.parkNanos(POLL_NANOS);
        }
        maintain(System.nanoTime());
      }
      if (!discards) {
        writeStatistics();
      }
      file.force();
    } catch (IOException | RuntimeException e) {
      fail(e);
    } finally {
      finish();
    }
  }

  /** Whether every packet the recording will get is written. */
  private boolean isDone() throws IOException {
    if (!recording.isReleased()) {
      return false;
    }
    while (writeSome() > 0) {
      // until it is empty
    }
    return true;
  }

  private void fail(Exception e) {
    String what = e.getMessage() == null ? e.toString() : e.getMessage();
    recording.fail(
        e instanceof NoRoomException ? what : "it cannot be written: " + what,
        BootClock.epochNanos());
    discards = true;
  }

  private void finish() {
    try {
      file.close();
    } catch (IOException e) {
      fail(e);
    }
    dropsAtEnd = kernelDrops();
    ended = true;
  }

  private void maintain(long nowNanos) throws IOException {
    if (recording.end() != null) {
      return;
    }
    if (recording.hasBegun()
        && nowNanos - recording.beginNanos() >= recording.request().duration().toNanos()) {
      recording.end("its time is over", false, BootClock.epochNanos());
      return;
    }
    if (nowNanos - nextSyncNanos < 0) {
      return;
    }
    nextSyncNanos = nowNanos + SYNC_NANOS;
    file.force();
    endWithProcesses(nowNanos);
  }

  private void endWithProcesses(long nowNanos) {
    List<Integer> pids = recording.selection().onlyPids();
    if (pids.isEmpty() || pids.stream().anyMatch(context.isAlive()::test)) {
      return;
    }
    if (processesGoneNanos == 0) {
      processesGoneNanos = nowNanos;
    } else if (nowNanos - processesGoneNanos >= LINGER_NANOS) {
      recording.end(
          recording.selection() + (pids.size() == 1 ? " has" : " have") + " ended",
          false,
          BootClock.epochNanos());
    }
  }

  private int writeSome() throws IOException {
    ByteBuffer blocks = recording.ring().take();
    int start = blocks.position();
    int end = blocks.limit();
    int from = start;
    int at = start;
    long runPackets = 0;
    while (at < end && at - start < LARGEST_WRITE && !discards) {
      int type = blocks.getInt(at);
      int length = blocks.getInt(at + 4);
      if (type == PcapngBlock.INTERFACE_DESCRIPTION) {
        remember(blocks, at, length);
      }
      if (file.bytes() + (at - from) + length + trailerBytes()
          > recording.request().maxFileBytes()) {
        write(blocks, from, at, runPackets);
        from = at;
        runPackets = 0;
        endFile();
        if (discards) {
          break;
        }
        if (type == PcapngBlock.INTERFACE_DESCRIPTION) {
          from = at + length; // the new file's header has it already
        }
      }
      if (type == PcapngBlock.ENHANCED_PACKET) {
        runPackets++;
      }
      at += length;
    }
    if (discards) {
      at = end;
    } else {
      write(blocks, from, at, runPackets);
    }
    recording.ring().release(at - start);
    return at - start;
  }

  private long trailerBytes() {
    return (long) STATISTICS_BYTES * (descriptions.size() + 1);
  }

  private void write(ByteBuffer blocks, int from, int to, long runPackets) throws IOException {
    if (from == to) {
      return;
    }
    requireRoom(to - from);
    blocks.limit(to).position(from);
    file.write(blocks);
    blocks.clear();
    packets.addAndGet(runPackets);
    bytes.addAndGet(to - from);
    context.counters().add(DaemonCounter.RECORDED_PACKETS, runPackets);
    context.counters().add(DaemonCounter.RECORDED_BYTES, to - from);
  }

  private void remember(ByteBuffer blocks, int at, int length) {
    byte[] description = new byte[length];
    blocks.clear().get(at, description);
    descriptions.add(description);
  }

  /** Ends a full file, and opens the next one or ends the recording. */
  private void endFile() throws IOException {
    writeStatistics();
    file.force();
    if (recording.request().files() == 1) {
      recording.end(
          "its file is full, at " + Bytes.text(recording.request().maxFileBytes()),
          false,
          BootClock.epochNanos());
      discards = true;
      return;
    }
    file.openNext();
    writeHeader();
    for (byte[] description : descriptions) {
      write(ByteBuffer.wrap(description), 0, description.length, 0);
    }
  }

  private void writeHeader() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES);
    new PcapngBlock(buffer).sectionHeader(context.application(), comment());
    write(buffer, 0, buffer.position(), 0);
  }

  private String comment() {
    return "packets of " + recording.selection() + ", recorded from " + Instant.now();
  }

  private void writeStatistics() throws IOException {
    long drops = kernelDrops(); // of all interfaces, reported with the first
    for (int id = 0; id < descriptions.size(); id++) {
      ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      long received = recording.interfaces().counts(id).received();
      new PcapngBlock(buffer)
          .interfaceStatistics(
              id,
              recording.beginEpochNanos(),
              BootClock.epochNanos(),
              received,
              id == 0 ? drops : 0,
              statisticsComment());
      write(buffer, 0, buffer.position(), 0);
    }
  }

  private String statisticsComment() {
    String sampled =
        recording.oneIn() > 1 ? "some of its packets stand for " + recording.oneIn() + "; " : "";
    return sampled
        + recording.dropped()
        + " packets of all interfaces found no room in the recording's buffer; the kernel's drops"
        + " are of all packets of the host";
  }
}
