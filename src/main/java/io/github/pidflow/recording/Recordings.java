package io.github.pidflow.recording;

import io.github.pidflow.capture.PacketFilter;
import io.github.pidflow.linux.BootClock;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Published;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recordings that run and the last ones that ended. For any thread; the capturing thread reads
 * only {@link #active}.
 */
public final class Recordings implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recordings.class);
  private static final int BUFFERS_BYTES = 1 << 26;
  private static final int MAX_BUFFER_BYTES = 1 << 25;
  private static final int REMEMBERED = 100;
  private static final long BEGIN_MILLIS = 5_000;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Context context;
  private final int bufferBytes;
  private final AtomicInteger number = new AtomicInteger();
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Of recordings that ended: direct memory is freed only when the garbage collector runs. */
  private final Deque<BlockRing> freeRings = new ArrayDeque<>();

  private final Published<List<Recording>> active = new Published<>(List.of());

  /** Names a recording's first file. */
  @FunctionalInterface
  public interface Place {
    Path file(String id) throws IOException;
  }

  private record Entry(
      Recording recording, RecordingWriter writer, RecordingFile file, Thread thread) {
    boolean isRunning() {
      return !writer.isEnded();
    }
  }

  /**
   * What recordings work with.
   *
   * @param application name and version, for the files
   * @param keepFreeBytes how much of a disk recordings leave free
   * @param maxRunning how many may run at a time; they share the memory for buffers
   * @param yielding whether they are cut when the kernel drops packets
   * @param isAlive whether the process of a pid is alive
   * @param kernelDrops packets the kernel dropped since the start
   * @param wake has the capturing thread read {@link #active} soon
   */
  public record Context(
      String application,
      long keepFreeBytes,
      int maxRunning,
      boolean yielding,
      IntPredicate isAlive,
      LongSupplier kernelDrops,
      Runnable wake,
      DaemonCounters counters) {}

  public Recordings(Context context) {
    this.context = context;
    bufferBytes =
        Math.min(MAX_BUFFER_BYTES, Integer.highestOneBit(BUFFERS_BYTES / context.maxRunning));
  }

  /** The recordings that take packets. */
  List<Recording> active() {
    return active.latest();
  }

  /** Whether they are cut when the kernel drops packets. */
  public boolean isYielding() {
    return context.yielding;
  }

  /** Whether the capturing thread has nothing to do for recordings. */
  public boolean isIdle() {
    return active().isEmpty();
  }

  /** How many run. */
  public int running() {
    return active().size();
  }

  /**
   * Begins a recording, and returns once it takes packets.
   *
   * @param place names its first file by its id, null for the standard output
   * @param overwrite whether a file that is there may be written over
   * @return its id
   * @throws InvalidRecordingException if the request makes no sense
   * @throws NoRoomException if the disk is too full
   * @throws IOException if the file cannot be made
   */
  public String begin(RecordingRequest request, Place place, boolean overwrite) throws IOException {
    request.validate();
    Selection selection = selection(request);
    requireAlive(selection);
    String id = newId();
    Path file = place == null ? null : place.file(id);
    RecordingFile target = new RecordingFile(file, overwrite, request.files());
    BlockRing ring = ring();
    Recording recording = new Recording(id, request, selection, ring, context.counters);
    RecordingWriter writer = new RecordingWriter(recording, target, context);
    try {
      writer.open();
    } catch (IOException e) {
      giveBack(ring);
      throw e;
    }
    Thread thread = new Thread(() -> write(recording, writer), "recording-" + recording.id());
    thread.setDaemon(true);
    synchronized (this) {
      entries.put(recording.id(), new Entry(recording, writer, target, thread));
      forgetOldest();
      refreshActive();
    }
    thread.start();
    context.wake.run();
    awaitBegin(recording);
    LOG.info("recording {} of {} begins", recording.id(), recording.selection());
    return recording.id();
  }

  private static Selection selection(RecordingRequest request) throws InvalidRecordingException {
    String filter = request.filter();
    try {
      PacketFilter compiled = filter.isBlank() ? null : PacketFilter.of(filter);
      return new Selection(request.pids(), request.comms(), filter, compiled);
    } catch (IOException e) {
      throw new InvalidRecordingException(e.getMessage());
    }
  }

  private BlockRing ring() throws IOException {
    try {
      synchronized (this) {
        return freeRings.isEmpty() ? new BlockRing(bufferBytes) : freeRings.pop();
      }
    } catch (OutOfMemoryError e) {
      // Direct memory alone is exhausted; the heap is not.
      throw new IOException(
          "no memory for its buffer of "
              + Bytes.text(bufferBytes)
              + ": raise -XX:MaxDirectMemorySize in jvm.options",
          e);
    }
  }

  private void requireAlive(Selection selection) throws InvalidRecordingException {
    for (int pid : selection.onlyPids()) {
      if (!context.isAlive.test(pid)) {
        throw new InvalidRecordingException("there is no process " + pid);
      }
    }
  }

  private void awaitBegin(Recording recording) throws IOException {
    try {
      if (!recording.awaitBegin(BEGIN_MILLIS)) {
        recording.fail("the metering thread does not answer", BootClock.epochNanos());
        recording.release();
        throw new IOException("the recording was not begun: the metering thread does not answer");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(recording.id(), "interrupted");
    }
  }

  private void write(Recording recording, RecordingWriter writer) {
    writer.run();
    refreshActive();
    context.wake.run();
    RecordingStatus status = status(recording.id()).orElseThrow();
    String line = "recording {} ended: {}; {} packets, {}, {} dropped{}";
    Object[] facts = {
      status.id(),
      status.endCause(),
      status.packets(),
      Bytes.text(status.bytes()),
      status.droppedPackets(),
      status.oneIn() == 1
          ? ""
          : "; some stand for " + status.oneIn() + ", since packets were sampled"
    };
    if (status.isFailed()) {
      LOG.warn(line, facts);
    } else {
      LOG.info(line, facts);
    }
  }

  /** A recording whose writer has ended stays active until the capturing thread releases it. */
  synchronized void refreshActive() {
    entries.values().forEach(this::reclaimRing);
    active.publish(
        entries.values().stream()
            .filter(each -> each.isRunning() || !each.recording.isReleased())
            .map(Entry::recording)
            .toList());
  }

  private void reclaimRing(Entry entry) {
    if (!entry.isRunning() && entry.recording.isReleased()) {
      BlockRing ring = entry.recording.takeRing();
      if (ring != null) {
        giveBack(ring);
      }
    }
  }

  private synchronized void giveBack(BlockRing ring) {
    ring.clear();
    freeRings.push(ring);
  }

  private void forgetOldest() {
    Iterator<Entry> oldest = entries.values().iterator();
    while (entries.size() > REMEMBERED && oldest.hasNext()) {
      if (!oldest.next().isRunning()) {
        oldest.remove();
      }
    }
  }

  private String newId() {
    return Long.toString(Instant.now().getEpochSecond(), 36) + '-' + number.incrementAndGet();
  }

  /** Ends a recording, whose files stay; false if there is none of that id. */
  public boolean end(String id, String cause) {
    Optional<Entry> entry = entry(id);
    entry.ifPresent(each -> each.recording.end(cause, false, BootClock.epochNanos()));
    context.wake.run();
    return entry.isPresent();
  }

  /** Waits until a recording's files are complete; false if that takes longer. */
  public boolean await(String id, Duration limit) throws InterruptedException {
    Optional<Entry> entry = entry(id);
    if (entry.isPresent()) {
      entry.get().thread.join(Math.max(1, limit.toMillis()));
      return !entry.get().isRunning();
    }
    return true;
  }

  public Optional<RecordingStatus> status(String id) {
    return entry(id).map(Recordings::status);
  }

  /** Those that run and the last that ended, oldest first. */
  public List<RecordingStatus> statuses() {
    List<Entry> all;
    synchronized (this) {
      all = new ArrayList<>(entries.values());
    }
    return all.stream().map(Recordings::status).toList();
  }

  private synchronized Optional<Entry> entry(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  private static RecordingStatus status(Entry entry) {
    Recording recording = entry.recording;
    RecordingWriter writer = entry.writer;
    Recording.End end = recording.end();
    boolean runs = entry.isRunning();
    long endNanos = end == null ? System.nanoTime() : end.nanos();
    double elapsed = (endNanos - recording.beginNanos()) / NANOS_PER_SECOND;
    double duration = recording.request().duration().toNanos() / NANOS_PER_SECOND;
    return new RecordingStatus(
        recording.id(),
        recording.selection().toString(),
        runs
            ? RecordingStatus.RUNNING
            : end != null && end.failed() ? RecordingStatus.FAILED : RecordingStatus.DONE,
        end == null ? "" : end.cause(),
        entry.file.written(),
        writer.packets(),
        writer.bytes(),
        recording.dropped(),
        writer.kernelDrops(),
        recording.isCut(),
        recording.oneIn(),
        recording.beginEpochNanos() / NANOS_PER_SECOND,
        Math.max(0, elapsed),
        end == null ? Math.max(0, duration - elapsed) : 0);
  }

  /** Ends all that run, and waits for their files to be complete. */
  @Override
  public void close() {
    List<Entry> all;
    synchronized (this) {
      all = entries.values().stream().filter(Entry::isRunning).toList();
    }
    all.forEach(each -> each.recording.end("the daemon stops", false, BootClock.epochNanos()));
    for (Entry each : all) {
      try {
        each.thread.join(BEGIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
