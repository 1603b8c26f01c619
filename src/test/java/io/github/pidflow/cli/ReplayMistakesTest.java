package io.github.pidflow.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.metering.PcapFile;
import java.io.IOException;
import java.nio.ByteBuffer;
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

  @Test
  void shouldNameTheWayOutForAFileOfSeveralSnapLengths() throws IOException {
    Files.write(capture, pcapng(new int[] {1, 262_144}, new int[] {1, 96}));

    assertRefused("pidflow: " + capture + ": an interface has a snapshot length", sockets, capture);
    assertTrue(refusal(sockets, capture).err().contains("editcap -F pcap " + capture));
  }

  @Test
  void shouldNameTheWayOutForAFileOfSeveralLinkTypes() throws IOException {
    Files.write(capture, pcapng(new int[] {1, 96}, new int[] {101, 96}));

    assertRefused("pidflow: " + capture + ": an interface has a type 101", sockets, capture);
    String message = refusal(sockets, capture).err();
    assertTrue(message.contains("tshark -r " + capture + " -Y 'frame.interface_id == 0'"), message);
    assertTrue(message.contains("editcap -F pcap -T ether"), message);
  }

  /**
   * A pcapng file without packets.
   *
   * @param interfaces link type and snap length of each
   */
  private static byte[] pcapng(int[]... interfaces) {
    ByteBuffer out = ByteBuffer.allocate(28 + 20 * interfaces.length);
    // Section header block: type, length, magic, version, section length, length.
    out.putInt(0x0a0d0d0a).putInt(28).putInt(0x1a2b3c4d).putInt(0x10000).putLong(-1).putInt(28);
    for (int[] each : interfaces) {
      // Interface description block: type, length, link type, reserved, snap length, length.
      out.putInt(1).putInt(20).putShort((short) each[0]).putShort((short) 0);
      out.putInt(each[1]).putInt(20);
    }
    return out.array();
  }

  private static Terminal refusal(Path table, Path file) {
    return Terminal.run("replay", "--sockets=" + table, file.toString());
  }

  private static void assertRefused(String message, Path table, Path file) {
    Terminal refusal = refusal(table, file);

    assertEquals(1, refusal.exitCode());
    assertTrue(refusal.err().startsWith(message), refusal.err());
    assertEquals(1, refusal.err().lines().count(), refusal.err());
  }
}
