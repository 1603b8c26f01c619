package io.github.pidflow.daemon;

import io.github.pidflow.config.LimitSettings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroup (cgroups(7)) that limits the daemon: the daemon creates it, moves into it, and moves
 * out again at the end. As a systemd service the daemon stays in the cgroup of its unit, whose
 * limits the administrator sets.
 *
 * <p>Under v1 it is a child of the cgroup the daemon was started in, in both the cpu and the memory
 * hierarchy. Under v2 only a cgroup without processes can limit its children, so it is a sibling. A
 * killed daemon leaves its cgroup behind; the next one removes it.
 */
final class OwnCgroup implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnCgroup.class);

  private static final String PREFIX = "pidflow-";
  private static final String PROCESSES = "cgroup.procs";
  private static final int PERIOD_MICROS = 100_000;

  /** Memory that the JVM needs besides its heap. */
  private static final int NON_HEAP_BYTES = 64 << 20;

  private final CgroupTree tree;
  private final long pid;
  private final List<Move> moves = new ArrayList<>();

  private record Move(Path from, Path to) {}

  OwnCgroup(CgroupTree tree, long pid) {
    this.tree = tree;
    this.pid = pid;
  }

  /**
   * Puts the daemon under its limits.
   *
   * @param invocation the INVOCATION_ID that systemd gives a service
   * @return the cores the daemon may use: the limit of its unit, or the one of the settings even if
   *     it could not be set
   * @throws IOException if a required limit cannot be set
   */
  Optional<Double> enter(LimitSettings limits, Optional<String> invocation) throws IOException {
    Optional<Path> unit = tree.unit().filter(path -> invocation.isPresent());
    if (unit.isPresent()) {
      Optional<Double> cores = tree.unitCores();
      LOG.info(
          "limits of {} apply instead of pidflow.limits: {} cores",
          unit.get().getFileName(),
          cores.map(String::valueOf).orElse("all"));
      return cores;
    }
    List<String> refused = new ArrayList<>();
    limits
        .cpuCores()
        .ifPresent(cores -> limit("cpu", "pidflow.limits.cpu = " + cores, cpu(cores), refused));
    limits
        .memoryBytes()
        .ifPresent(
            bytes -> limit("memory", "pidflow.limits.memory = " + bytes, memory(bytes), refused));
    if (!refused.isEmpty()) {
      String problem = String.join("; ", refused);
      if (limits.required()) {
        close();
        throw new IOException(
            problem + " (to start without it, set pidflow.limits.required = false)");
      }
      LOG.warn("{}: going on without limit", problem);
    }
    limits.memoryBytes().ifPresent(OwnCgroup::compareWithHeap);
    return limits.cpuCores();
  }

  private static void compareWithHeap(int limitBytes) {
    long heapBytes = Runtime.getRuntime().maxMemory();
    if (heapBytes > limitBytes - NON_HEAP_BYTES) {
      LOG.warn(
          "the heap can grow to {} MiB, which leaves less than 64 MiB of pidflow.limits.memory for"
              + " everything else: start java with -Xmx{}m",
          heapBytes >> 20,
          Math.max(16, (limitBytes - NON_HEAP_BYTES) >> 20));
    }
  }

  /** The control file and its value, under v2 and under v1. */
  private record Control(String v2, String v2Value, String v1, String v1Value) {}

  private static Control cpu(double cores) {
    String quota = Long.toString(Math.max(1000, Math.round(cores * PERIOD_MICROS)));
    return new Control("cpu.max", quota + ' ' + PERIOD_MICROS, "cpu.cfs_quota_us", quota);
  }

  private static Control memory(int bytes) {
    String value = Integer.toString(bytes);
    return new Control("memory.max", value, "memory.limit_in_bytes", value);
  }

  private void limit(String controller, String setting, Control files, List<String> refused) {
    try {
      CgroupTree.Hierarchy hierarchy = tree.hierarchy(controller);
      Path own = hierarchy.own();
      Path parent = hierarchy.isV2() && !own.equals(hierarchy.mount()) ? own.getParent() : own;
      removeStale(parent);
      if (hierarchy.isV2()) {
        tree.enable(parent, controller);
      }
      Path made = Files.createDirectories(parent.resolve(PREFIX + pid));
      if (moves.stream().noneMatch(move -> move.to.equals(made))) {
        moves.add(new Move(own, made));
      }
      if (hierarchy.isV2()) {
        write(made.resolve(files.v2), files.v2Value);
      } else {
        write(made.resolve(files.v1), files.v1Value);
      }
      write(made.resolve(PROCESSES), Long.toString(pid));
      LOG.info("{} set in cgroup {}", setting, made);
    } catch (IOException e) {
      refused.add(setting + " cannot be set: " + reason(e));
    }
  }

  /** Names the error after the exception where Java's message is only the name of the file. */
  private static String reason(IOException e) {
    String kind = e.getClass().getSimpleName().replace("Exception", "");
    boolean plain = e.getClass() == IOException.class || e.getClass() == FileSystemException.class;
    return plain
        ? e.getMessage()
        : e.getMessage()
            + " ("
            + kind.replaceAll("(?<=.)(?=[A-Z])", " ").toLowerCase(Locale.ROOT)
            + ')';
  }

  /** Removes cgroups whose daemon is gone. The kernel keeps those that are not empty. */
  private static void removeStale(Path parent) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path each : left) {
        String number = each.getFileName().toString().substring(PREFIX.length());
        if (number.matches("[0-9]{1,18}") && ProcessHandle.of(Long.parseLong(number)).isEmpty()) {
          remove(each);
        }
      }
    }
  }

  private static boolean remove(Path cgroup) {
    try {
      Files.delete(cgroup);
      return true;
    } catch (IOException e) {
      LOG.debug("cannot remove {}: {}", cgroup, e.getMessage());
      return false;
    }
  }

  private static void write(Path file, String value) throws IOException {
    Files.writeString(file, value, StandardOpenOption.WRITE);
  }

  /** Moves the daemon back and removes its cgroups, as far as permitted. */
  @Override
  public void close() {
    for (Move move : moves) {
      try {
        write(move.from.resolve(PROCESSES), Long.toString(pid));
      } catch (IOException e) {
        LOG.debug("{}: {}", move.from, e.getMessage());
      }
      remove(move.to);
    }
    moves.clear();
  }
}
