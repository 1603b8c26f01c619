package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One perf event and its ring for each online CPU. Records of one CPU are in order, those of
 * different CPUs are not: compare their times. A CPU that comes online later has none.
 */
final class PerfRings implements AutoCloseable {
  private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");

  private final List<Cpu> cpus = new ArrayList<>();

  private PerfRings() {}

  private record Cpu(Descriptor event, MappedRegion region, PerfRing ring) {}

  /** Opens the event of one CPU. */
  @FunctionalInterface
  interface Opener {
    Descriptor open(int cpu) throws NativeIoException;
  }

  /** An action on the event of one CPU. */
  @FunctionalInterface
  interface Action {
    void on(Descriptor event) throws NativeIoException;
  }

  /**
   * Opens them.
   *
   * @param dataPages the size of each ring, a power of two
   */
  static PerfRings open(Opener opener, int dataPages) throws IOException {
    PerfRings rings = new PerfRings();
    try {
      for (int cpu : cpus(Files.readString(ONLINE, StandardCharsets.US_ASCII))) {
        rings.open(cpu, opener, dataPages);
      }
      return rings;
    } catch (IOException e) {
      rings.close();
      throw e;
    }
  }

  private void open(int cpu, Opener opener, int dataPages) throws NativeIoException {
    Descriptor event;
    try {
      event = opener.open(cpu);
    } catch (NativeIoException e) {
      if (e.errno() == Errno.ENODEV) {
        return; // The CPU has just gone offline.
      }
      throw e;
    }
    try {
      int page = LibC.getpagesize();
      MappedRegion region = MappedRegion.map(event, (1 + dataPages) * page);
      cpus.add(new Cpu(event, region, new PerfRing(region.buffer(), page)));
    } catch (NativeIoException e) {
      event.close();
      throw e;
    }
  }

  /** Reads what is in the rings now; returns the number of records. */
  int drain(PerfRing.RecordHandler handler) {
    int records = 0;
    for (Cpu cpu : cpus) {
      records += cpu.ring.drain(handler);
    }
    return records;
  }

  void forEach(Action action) throws NativeIoException {
    for (Cpu cpu : cpus) {
      action.on(cpu.event);
    }
  }

  /** How often the rest of a ring was skipped because of a malformed length. */
  long malformed() {
    return cpus.stream().mapToLong(cpu -> cpu.ring.malformed()).sum();
  }

  List<Descriptor> descriptors() {
    return cpus.stream().map(Cpu::event).toList();
  }

  @Override
  public void close() {
    // Each event is closed before its ring is unmapped.
    cpus.forEach(cpu -> cpu.event.close());
    cpus.forEach(cpu -> cpu.region.close());
    cpus.clear();
  }

  /** Parses a list of CPUs like {@code 0-3,8}. */
  static int[] cpus(String list) throws IOException {
    try {
      return Arrays.stream(list.strip().split(",", -1))
          .map(range -> range.split("-", 2))
          .flatMapToInt(
              ends ->
                  IntStream.rangeClosed(
                      Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
          .toArray();
    } catch (NumberFormatException e) {
      throw new IOException(ONLINE + ": " + list, e);
    }
  }
}
