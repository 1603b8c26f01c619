package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A cgroup (v2) of the test's own, on its own mount, since not every machine mounts one. */
public final class Cgroup implements AutoCloseable {
  private final Path mount;
  private final Path group;

  private Cgroup(Path mount, Path group) {
    this.mount = mount;
    this.group = group;
  }

  public static Cgroup create(String name) {
    try {
      Path mount = Files.createTempDirectory("cgroup2");
      Command.run(List.of("mount", "-t", "cgroup2", "none", mount.toString()));
      return new Cgroup(mount, Files.createDirectory(mount.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The directory, for cgroups below it. */
  public Path directory() {
    return group;
  }

  /** Moves a process into it. */
  public void add(long pid) throws IOException {
    Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
  }

  /** Removes it; it must have no process. */
  public void remove() {
    try {
      Files.deleteIfExists(group);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      remove();
    } finally {
      Command.run(List.of("umount", mount.toString()));
      mount.toFile().delete();
    }
  }
}
