package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.pidflow.runtime.Problems;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class KnownKeysTest {
  private final KnownKeys known = KnownKeys.load();

  @Test
  void shouldHoldExactlyTheKeysThatAreRead() {
    Problems problems = new Problems("settings");
    SettingValues values = new SettingValues(known.defaults(), known.defaults(), problems);

    SettingsReader.settings(values.root());

    assertEquals(known.defaults().keySet(), values.readValues().keySet());
    assertEquals(List.of(), problems.lines());
  }

  @Test
  void shouldRefuseToReadAKeyThatIsNotInReferenceConf() {
    SettingValues values =
        new SettingValues(known.defaults(), known.defaults(), new Problems("settings"));
    Section web = values.root().section("web");

    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> web.read("port", ValueTypes::string));

    assertEquals("pidflow.web.port is not in reference.conf", e.getMessage());
  }

  @Test
  void shouldExplainEverySetting() {
    known.defaults().forEach((key, value) -> assertFalse(value.origin().comments().isEmpty(), key));
  }

  @Test
  void shouldGiveEverySettingAVariableOfItsOwn() {
    assertEquals(known.defaults().size(), known.byEnvironmentName().size());
    assertEquals(
        "pidflow.capture.ring.block-size",
        known.byEnvironmentName().get("PIDFLOW_CAPTURE_RING_BLOCK_SIZE"));
  }
}
