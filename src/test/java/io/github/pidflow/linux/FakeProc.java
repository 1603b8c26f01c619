package io.github.pidflow.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A fake proc(5) in a directory, with processes that start, end and hold sockets. */
public final class FakeProc {
  public static final long BOOT_TIME_SECONDS = 1_700_000_000;

  private final Path root;

  public FakeProc(Path root) {
    this.root = root;
    write(root.resolve("stat"), "cpu  1 2 3\nbtime " + BOOT_TIME_SECONDS + "\nprocesses 9\n");
    directory(root.resolve("thread-self/net"));
    // Entries of proc that are no processes.
    directory(root.resolve("self"));
    write(root.resolve("1a"), "");
  }

  public Path root() {
    return root;
  }

  /** Starts a process, or replaces the one of that pid and keeps its fd table. */
  public void process(int pid, int parentPid, long startTicks, String comm) {
    directory(root.resolve(pid + "/fd"));
    String stat = pid + " (%s) S %d 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n";
    file(pid, "stat", stat.formatted(comm, parentPid, startTicks));
    file(pid, "comm", comm + "\n");
  }

  public void file(int pid, String name, String text) {
    write(root.resolve(pid + "/" + name), text);
  }

  public void link(int pid, String name, String target) {
    try {
      Path link = root.resolve(pid + "/" + name);
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, Path.of(target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a thread besides the main one. */
  public void thread(int pid, int tid) {
    directory(root.resolve(pid + "/task/" + pid));
    directory(root.resolve(pid + "/task/" + tid + "/fd"));
  }

  /** Removes a file, or a folder with all that is in it. */
  public void remove(int pid, String name) {
    try (Stream<Path> files = Files.walk(root.resolve(pid + "/" + name))) {
      files.sorted(Comparator.reverseOrder()).forEach(FakeProc::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void socket(int pid, int fd, long inode) {
    link(pid, "fd/" + fd, "socket:[" + inode + "]");
  }

  public void close(int pid, int fd) {
    delete(root.resolve(pid + "/fd/" + fd));
  }

  /** Makes the fd table unreadable, like that of a process that ends or belongs to someone else. */
  public void hideFds(int pid) {
    try {
      Files.move(root.resolve(pid + "/fd"), root.resolve(pid + "/hidden"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void net(String table, String text) {
    write(root.resolve("thread-self/net/" + table), text);
  }

  private static void directory(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path path, String text) {
    try {
      Files.writeString(path, text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
