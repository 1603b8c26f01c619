package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class FailureMessageTest {
  @Test
  void shouldSayWhereTheNativeLibraryIsUnpackedAndHowToMoveIt() {
    String message =
        FailureMessage.ofNativeLibrary(new UnsatisfiedLinkError("No space left on device"));

    assertTrue(message.startsWith("pidflow: "), message);
    assertTrue(message.contains("No space left on device"), message);
    assertTrue(message.contains(System.getProperty("java.io.tmpdir")), message);
    assertTrue(message.contains("-Djna.tmpdir"), message);
  }
}
