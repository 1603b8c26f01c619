package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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

  @Test
  void shouldSayHowToRaiseTheLimitOfOpenFiles() {
    StringWriter said = new StringWriter();

    FailureMessage.print(new IOException("/proc/stat: Too many open files"), new PrintWriter(said));

    assertEquals(
        "pidflow: /proc/stat: Too many open files: raise the limit with ulimit -n, or LimitNOFILE="
            + " in the unit",
        said.toString().strip());
  }
}
