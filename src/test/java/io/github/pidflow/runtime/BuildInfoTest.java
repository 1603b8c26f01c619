package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class BuildInfoTest {
  @Test
  void shouldReadTheVersionMavenFilledIn() {
    String version = BuildInfo.read().version();

    assertTrue(version.matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"), version);
  }
}
