package io.github.pidflow.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.metering.PcapFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be replayed is one line of error, and not a page of zeros. */
@Timeout(30)
class ReplayMistakesTest {
  @TempDir Path folder;
  private Path capture;
  private Path sockets;

  @BeforeEach
  void write() throws IOException {
    capture =
        PcapFile.write(
            folder.resolve("capture.pcap"),
            FrameBuilder.ethernet().ipv4("10.0.0.5", "192.0.2.7").udp(1, 2));
    sockets = Files.writeString(folder.resolve("sockets"), "udp 10.0.0.5:1 * 812 nginx\n");
  }

  @Test
  void shouldPrintNothingButTheMistakeForAFileThatIsNotThere() {
    Path none = folder.resolve("none.pcap");

    assertRefused("pidflow: " + none + ": No such file or directory", sockets, none);
  }

  @Test
  void shouldPrintNothingButTheMistakeForAFileThatIsNoCapture() throws IOException {
    Files.writeString(capture, "#!/bin/sh\necho this is not a capture file\n");

    assertRefused("pidflow: " + capture + ": unknown file format", sockets, capture);
  }

  @Test
  void shouldSayThatTheTableIsNotThere() throws IOException {
    Path none = folder.resolve("none");

    assertRefused("pidflow: " + none + ": does not exist", none, capture);
  }

  @Test
  void shouldSayThatTheTableIsNotText() throws IOException {
    Files.writeString(sockets, "tcp 10.0.0.5:443 * 812 caf\u00e9\n", ISO_8859_1);

    assertRefused("pidflow: " + sockets + ": is not UTF-8 text", sockets, capture);
  }

  @Test
  void shouldNameTheLineOfAMistakeInTheTable() throws IOException {
    Files.writeString(sockets, "# one\n\ntcp 10.0.0.5:443 * nginx\n");

    assertRefused("pidflow: " + sockets + ": 3: not a line", sockets, capture);
  }

  private static void assertRefused(String message, Path table, Path file) {
    Terminal refusal = Terminal.run("replay", "--sockets=" + table, file.toString());

    assertEquals(1, refusal.exitCode());
    assertEquals("", refusal.out());
    assertTrue(refusal.err().startsWith(message), refusal.err());
    assertEquals(1, refusal.err().lines().count(), refusal.err());
  }
}
