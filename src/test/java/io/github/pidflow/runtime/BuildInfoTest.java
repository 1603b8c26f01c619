package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class BuildInfoTest {
  @Test
  void shouldReadTheVersionMavenFilledIn() {
    String version = BuildInfo.read().version();

    assertTrue(version.matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"), version);
  }

  /** A checkout has a commit; what was unpacked from an archive has none. */
  @Test
  void shouldReadTheCommitMavenFilledIn() {
    String commit = BuildInfo.read().commit();

    assertTrue(
        Files.exists(Path.of(".git"))
            ? commit.matches("[0-9a-f]{12}(-modified)?")
            : commit.equals("unknown"),
        commit);
  }
}
