package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** World-readable files for a daemon without root, which may not have access to the checkout. */
final class WorldReadable {
  static final Path FOLDER = Path.of(System.getProperty("java.io.tmpdir"));

  private static Path jar;

  private WorldReadable() {}

  /** Lets anyone read a file or enter a folder. */
  static void set(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A world-readable copy of the built jar, made once per JVM. */
  static synchronized Path jar() {
    if (jar == null) {
      String built = System.getProperty("jar.under.test");
      if (built == null) {
        throw new IllegalStateException("no system property jar.under.test; run the tests by mvn");
      }
      try {
        Path folder = Files.createTempDirectory(FOLDER, "pidflow-jar");
        set(folder);
        folder.toFile().deleteOnExit();
        Path copy = Files.copy(Path.of(built), folder.resolve("pidflow.jar"));
        set(copy);
        copy.toFile().deleteOnExit();
        jar = copy;
      } catch (IOException e) {
        throw new UncheckedIOException(built, e);
      }
    }
    return jar;
  }
}
