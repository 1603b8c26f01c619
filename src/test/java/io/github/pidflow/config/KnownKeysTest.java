package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class KnownKeysTest {
  private final KnownKeys known = KnownKeys.load();

  @Test
  void shouldHoldExactlyTheKeysThatAreRead() {
    Problems problems = new Problems();
    SettingValues values = new SettingValues(known.defaults(), known.defaults(), problems);

    SettingsReader.settings(values.root());

    assertEquals(known.defaults().keySet(), values.readKeys());
    assertTrue(problems.isEmpty(), () -> problems.lines().toString());
  }

  @Test
  void shouldRefuseToReadAKeyThatIsNotInReferenceConf() {
    SettingValues values = new SettingValues(known.defaults(), known.defaults(), new Problems());
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
