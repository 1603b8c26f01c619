package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Command;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Launcher;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./pidflow run} creates its class archive and starts without one if it must. */
@Timeout(180)
class ClassArchiveIT {
  private static final String FROM_ARCHIVE =
      "io.github.pidflow.daemon.Main source: shared objects file (top)";
  private static final String FROM_JAR = "io.github.pidflow.daemon.Main source: file:";
  private static final long MAX_JAR_BYTES = 10_000_000;

  @TempDir Path folder;

  private final AtomicInteger starts = new AtomicInteger();
  private NetLab lab;
  private Path checkout;

  /**
   * The files of a checkout that a start needs. A copy keeps the archive out of the tested
   * checkout.
   */
  @BeforeEach
  void build() throws IOException {
    lab = NetLab.create();
    checkout = Files.createDirectories(folder.resolve("checkout"));
    Files.createDirectories(checkout.resolve("src/main"));
    Files.createDirectories(checkout.resolve("target"));
    Command.run(List.of("cp", "-r", "pidflow", "config", ".ci", "pom.xml", checkout.toString()));
    FileTime past = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    Files.setLastModifiedTime(checkout.resolve("pom.xml"), past);
    Files.setLastModifiedTime(checkout.resolve("src/main"), past);
    Files.copy(Path.of(System.getProperty("jar.under.test")), jar());
  }

  @AfterEach
  void clear() {
    lab.close();
  }

  @Test
  void shouldStartFromTheArchiveItCreated() throws IOException {
    assertLoadedBy(FROM_ARCHIVE, List.of());
    List<Path> made = archives();
    FileTime when = Files.getLastModifiedTime(made.get(0));

    assertLoadedBy(FROM_ARCHIVE, List.of());

    assertEquals(1, made.size(), made.toString());
    assertEquals(made, archives());
    assertEquals(when, Files.getLastModifiedTime(made.get(0)));
  }

  @Test
  void shouldCreateANewArchiveForAnotherJar() throws IOException {
    assertLoadedBy(FROM_ARCHIVE, List.of());
    List<Path> made = archives();
    try (FileSystem inside = FileSystems.newFileSystem(jar())) {
      Files.writeString(inside.getPath("another"), "jar");
    }

    assertLoadedBy(FROM_ARCHIVE, List.of());

    assertEquals(1, archives().size(), archives().toString());
    assertNotEquals(made, archives());
  }

  @Test
  void shouldStartWithAnInvalidArchive() throws IOException {
    assertLoadedBy(FROM_ARCHIVE, List.of());
    Path archive = archives().get(0);
    Files.delete(archive);
    Files.writeString(archive, "no archive");

    assertLoadedBy(FROM_JAR, List.of());
  }

  @Test
  void shouldStartWhenTheDirectoryIsReadOnly() throws IOException {
    List<String> readOnly =
        List.of(
            "unshare",
            "--mount",
            "sh",
            "-c",
            "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"",
            checkout.toString());

    assertLoadedBy(FROM_JAR, readOnly);

    assertEquals(List.of(), archives());
  }

  @Test
  void shouldCreateOneCompleteArchiveForTwoConcurrentStarts() throws IOException {
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(() -> assertLoadedBy(FROM_ARCHIVE, List.of()));
    assertLoadedBy(FROM_ARCHIVE, List.of());
    other.join();

    assertEquals(1, archives().size());
    try (Stream<Path> files = Files.list(checkout.resolve("target"))) {
      assertEquals(2, files.count(), "something beside the jar and its archive");
    }
    assertLoadedBy(FROM_ARCHIVE, List.of());
  }

  @Test
  void shouldFitInASmallJar() throws IOException {
    assertTrue(Files.size(jar()) <= MAX_JAR_BYTES, () -> jar().toFile().length() + " bytes");
  }

  /**
   * Starts it in a namespace of its own, stops it, and reports where its first class was loaded
   * from.
   */
  private void assertLoadedBy(String origin, List<String> prefix) {
    Path loaded = folder.resolve("loaded-" + starts.incrementAndGet());
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(checkout.resolve("pidflow").toString(), "run"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .put("PIDFLOW_JAVA_OPTS", "-Dpidflow.namespaces=host -Xlog:class+load:file=" + loaded);
    builder
        .environment()
        .merge(
            "PATH",
            Path.of(System.getProperty("java.home"), "bin").toString(),
            (path, java) -> java + File.pathSeparator + path);
    Node host = lab.node();
    try (Daemon daemon = Daemon.start(host, "127.0.0.1:10067", builder)) {
      daemon.page().assertConserved();
      Launcher.assertEnvironment(daemon.pid());
      assertEquals(0, daemon.stop("TERM"), daemon.log());
      assertFalse(daemon.log().contains("[warning]"), daemon.log());
      String classes = Files.readString(loaded);
      assertTrue(classes.contains(origin), () -> "not " + origin + ":\n" + daemon.log());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path jar() {
    return checkout.resolve("target/pidflow.jar");
  }

  private List<Path> archives() throws IOException {
    try (Stream<Path> files = Files.list(checkout.resolve("target"))) {
      return files.filter(file -> file.toString().endsWith(".jsa")).toList();
    }
  }
}
