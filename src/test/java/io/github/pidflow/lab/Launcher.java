package io.github.pidflow.lab;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The environment that every launcher must set, from {@code config/environment}. */
public final class Launcher {
  private static final Path ENVIRONMENT = Path.of("config", "environment");

  private Launcher() {}

  public static void assertEnvironment(long pid) throws IOException {
    List<String> wanted =
        Files.readAllLines(ENVIRONMENT).stream()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .toList();
    List<String> set =
        Arrays.asList(
            Files.readString(Path.of("/proc", Long.toString(pid), "environ")).split("\0", -1));

    assertFalse(wanted.isEmpty());
    assertTrue(set.containsAll(wanted), () -> "not all of " + wanted + " in " + set);
  }
}
