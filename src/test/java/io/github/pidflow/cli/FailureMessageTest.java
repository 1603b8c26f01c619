package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  void shouldNotAskForAnotherFolderWhereNoneHelps() {
    String noLibrary =
        FailureMessage.ofNativeLibrary(
            new UnsatisfiedLinkError(
                "Native library (com/sun/jna/linux-mips/libjnidispatch.so) not found in resource"
                    + " path (pidflow.jar)"));
    String otherLibc =
        FailureMessage.ofNativeLibrary(
            new UnsatisfiedLinkError("Error loading shared library ld-linux-x86-64.so.2"));

    assertTrue(noLibrary.contains("has none for " + System.getProperty("os.arch")), noLibrary);
    assertTrue(otherLibc.contains("GNU C library"), otherLibc);
    assertTrue(!(noLibrary + otherLibc).contains("jna.tmpdir"), noLibrary + otherLibc);
  }

  @Test
  void shouldTellInvalidSettingsFromOtherFailures() throws IOException {
    assertEquals(
        78, FailureMessage.exitCode(new InvalidSettingsException("settings", List.of("a", "b"))));
    assertEquals(1, FailureMessage.exitCode(new IOException("the address is in use")));
    assertEquals(1, FailureMessage.exitCode(new IllegalStateException("a bug")));

    String unit = Files.readString(Path.of("systemd", "pidflow.service"));
    assertTrue(unit.contains("\nRestartPreventExitStatus=2 78\n"), unit);
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
