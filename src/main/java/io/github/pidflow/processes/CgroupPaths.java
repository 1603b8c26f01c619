package io.github.pidflow.processes;

import io.github.pidflow.linux.Cgroups;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The paths of cgroups (v2) by id, also of those that were removed: a container's cgroup goes with
 * its last process, often before anybody asks for it. The paths are those that the kernel reported
 * when the cgroups were created, and those that existed when the tree was read.
 *
 * <p>The {@value #MAX_CGROUPS} used most recently are kept.
 */
public final class CgroupPaths implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CgroupPaths.class);
  static final int MAX_CGROUPS = 16_384;

  /** The hierarchy of a controller that belongs to v2 or to none. */
  private static final String UNIFIED = "0";

  private final Cgroups cgroups;
  private final Map<Long, String> paths = new Recent();
  private final boolean eventsAreOfThisHierarchy;

  private CgroupPaths(Cgroups cgroups, boolean eventsAreOfThisHierarchy) {
    this.cgroups = cgroups;
    this.eventsAreOfThisHierarchy = eventsAreOfThisHierarchy;
  }

  public static CgroupPaths open(Path procRoot) throws IOException {
    return new CgroupPaths(Cgroups.open(), isPerfUnified(new ProcFs(procRoot)));
  }

  private static boolean isPerfUnified(ProcFs procFs) throws IOException {
    Path controllers = procFs.root().resolve("cgroups");
    return !Files.exists(controllers) || isPerfUnified(Files.readString(controllers));
  }

  /** Whether perf reports cgroups of v2: the ids in a hierarchy of v1 are other cgroups'. */
  static boolean isPerfUnified(String controllers) {
    // name, hierarchy, number of cgroups, enabled
    return controllers
        .lines()
        .map(line -> line.split("\t", 3))
        .filter(fields -> fields.length == 3 && fields[0].equals("perf_event"))
        .allMatch(fields -> fields[1].equals(UNIFIED));
  }

  /** Reads the paths of all cgroups that exist now. */
  public void read() {
    try {
      Path root = cgroups.directory();
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            private int read;

            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws IOException {
              // The inode number is the id.
              long id = (long) Files.getAttribute(directory, "unix:ino");
              paths.put(id, "/" + root.relativize(directory));
              return ++read < MAX_CGROUPS ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      LOG.debug("cannot read the tree of cgroups: {}", e.getMessage());
    }
  }

  /** Notes a new cgroup that perf has reported. */
  void created(long id, String path) {
    if (eventsAreOfThisHierarchy) {
      paths.put(id, path);
    }
  }

  /** The path of a cgroup; empty if it was removed and not known before. */
  public Optional<String> path(long id) {
    String known = paths.get(id);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<String> found = cgroups.path(id);
    found.ifPresent(path -> paths.put(id, path));
    return found;
  }

  @Override
  public void close() {
    cgroups.close();
  }

  private static final class Recent extends LinkedHashMap<Long, String> {
    private static final long serialVersionUID = 1;

    Recent() {
      super(64, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
      return size() > MAX_CGROUPS;
    }
  }
}
