package io.github.pidflow.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PcapFileSourceTest {
  private static final int ETHERNET = 1;
  private static final int RAW = 101;
  private static final int WIFI = 105;
  private static final byte[] DNS = Packets.ethernet(Packets.udp(40_000, 53));
  private static final byte[] NTP = Packets.ethernet(Packets.udp(40_000, 123));

  @TempDir private Path folder;

  /** What a source said of a frame. */
  private record Read(LinkType link, String bytes, int wireLength, long timestampNanos) {
    static Read of(Frame frame) {
      byte[] bytes = new byte[frame.capturedLength()];
      frame.buffer().get(frame.offset(), bytes);
      assertEquals(PacketType.UNKNOWN, frame.packetType());
      assertEquals(0, frame.interfaceIndex());
      assertEquals(Frame.NO_VLAN_TAG, frame.vlanTci());
      return new Read(
          frame.linkType(),
          HexFormat.of().formatHex(bytes),
          frame.wireLength(),
          frame.timestampNanos());
    }

    static Read ethernet(byte[] bytes, int wireLength, long timestampNanos) {
      return new Read(
          LinkType.ETHERNET, HexFormat.of().formatHex(bytes), wireLength, timestampNanos);
    }
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void shouldReadPcap(boolean bigEndian, boolean nanos) throws IOException {
    ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    int magic = nanos ? CaptureFileBuilder.NANOS : CaptureFileBuilder.MICROS;
    Path file =
        file(
            CaptureFileBuilder.pcap(order, magic, ETHERNET)
                .packet(DNS, 1514, 1_700_000_000, 123_456)
                .packet(NTP, NTP.length, 1_700_000_001, 0));

    long fraction = nanos ? 123_456 : 123_456_000;
    assertEquals(
        List.of(
            Read.ethernet(DNS, 1514, 1_700_000_000_000_000_000L + fraction),
            Read.ethernet(NTP, NTP.length, 1_700_000_001_000_000_000L)),
        readAll(file, ""));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldReadPcapng(boolean bigEndian) throws IOException {
    ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    Path file =
        file(
            CaptureFileBuilder.pcapng(order)
                .interfaceOf(ETHERNET)
                .interfaceOf(ETHERNET)
                .enhanced(0, DNS, 1514, 1_700_000_000_123_456L)
                .enhanced(1, NTP, NTP.length, 1_700_000_001_000_000L));

    assertEquals(
        List.of(
            Read.ethernet(DNS, 1514, 1_700_000_000_123_456_000L),
            Read.ethernet(NTP, NTP.length, 1_700_000_001_000_000_000L)),
        readAll(file, ""));
  }

  @Test
  void shouldReadAsMuchAsIsAskedForAndTellTheEnd() throws IOException {
    Path file = file(pcap().packet(DNS, 1, 1, 0).packet(NTP, 1, 2, 0).packet(DNS, 1, 3, 0));
    List<Read> frames = new ArrayList<>();

    try (CaptureSource source = PcapFileSource.open(file, "")) {
      assertEquals(2, source.poll(frame -> frames.add(Read.of(frame)), 2));
      assertFalse(source.isExhausted());
      assertEquals(2, frames.size());
      assertEquals(1, source.poll(frame -> frames.add(Read.of(frame)), 2));
      assertEquals(0, source.poll(frame -> frames.add(Read.of(frame)), 2));
      assertTrue(source.isExhausted());
      assertEquals(3, frames.size());
    }
  }

  @Test
  void shouldHandOverOnlyWhatPassesTheFilter() throws IOException {
    Path file = file(pcap().packet(NTP, 46, 1, 0).packet(DNS, 46, 2, 0).packet(NTP, 46, 3, 0));

    assertEquals(List.of(Read.ethernet(DNS, 46, 2_000_000_000L)), readAll(file, "udp port 53"));
    assertEquals(List.of(), readAll(file, "tcp"));
  }

  @Test
  void shouldReadRawIp() throws IOException {
    byte[] packet = Packets.udp(1, 2);
    Path file =
        file(
            CaptureFileBuilder.pcap(ByteOrder.LITTLE_ENDIAN, CaptureFileBuilder.MICROS, RAW)
                .packet(packet, packet.length, 0, 0));

    assertEquals(
        List.of(new Read(LinkType.RAW_IP, HexFormat.of().formatHex(packet), packet.length, 0)),
        readAll(file, "udp"));
  }

  @Test
  void shouldHandOverWhatStandsBeforeACutAndTellOfIt() throws IOException {
    byte[] whole = pcap().packet(DNS, DNS.length, 1, 0).packet(NTP, NTP.length, 2, 0).bytes();
    for (int cut : new int[] {1, NTP.length - 1, NTP.length, NTP.length + 15}) {
      Path file = write(Arrays.copyOf(whole, whole.length - cut));
      List<Read> frames = new ArrayList<>();
      try (CaptureSource source = PcapFileSource.open(file, "")) {
        String message =
            assertThrows(IOException.class, () -> source.poll(f -> frames.add(Read.of(f)), 1024))
                .getMessage();
        assertTrue(message.startsWith(file + ": "), message);
        assertTrue(message.contains("truncated"), message);
        assertTrue(source.isExhausted());
        assertEquals(List.of(Read.ethernet(DNS, DNS.length, 1_000_000_000L)), frames);
      }
    }
  }

  @Test
  void shouldRefuseALinkTypeItCannotRead() throws IOException {
    Path file =
        file(CaptureFileBuilder.pcap(ByteOrder.LITTLE_ENDIAN, CaptureFileBuilder.MICROS, WIFI));

    String message = failure(file, "");

    assertTrue(message.startsWith(file + ": link type 105"), message);
    assertTrue(message.contains("is not one pidflow reads"), message);
  }

  @Test
  void shouldTellOfAFileThatIsNoneAndOfABadFilter() throws IOException {
    Path missing = folder.resolve("missing.pcap");
    Path text =
        write("not a capture file at all".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Path empty = write(new byte[0]);

    for (Path file : List.of(missing, text, empty)) {
      String message = failure(file, "");
      assertTrue(message.contains(file.toString()) && message.length() > 20, message);
    }
    assertTrue(failure(file(pcap()), "udp prot 1").contains("syntax error"));
  }

  /** pcap4j swallows what a listener throws; a handler's failure must not be lost. */
  @Test
  void shouldThrowWhatTheHandlerThrew() throws IOException {
    Path file = file(pcap().packet(DNS, 46, 1, 0).packet(NTP, 46, 2, 0));
    IllegalStateException failure = new IllegalStateException("handler");

    try (CaptureSource source = PcapFileSource.open(file, "")) {
      FrameHandler handler =
          frame -> {
            throw failure;
          };
      assertEquals(
          failure, assertThrows(IllegalStateException.class, () -> source.poll(handler, 10)));
    }
  }

  private static CaptureFileBuilder pcap() {
    return CaptureFileBuilder.pcap(ByteOrder.LITTLE_ENDIAN, CaptureFileBuilder.MICROS, ETHERNET);
  }

  private Path file(CaptureFileBuilder builder) throws IOException {
    return write(builder.bytes());
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(Files.createTempFile(folder, "test", ".pcap"), bytes);
  }

  private static String failure(Path file, String filter) {
    return assertThrows(IOException.class, () -> PcapFileSource.open(file, filter)).getMessage();
  }

  private static List<Read> readAll(Path file, String filter) throws IOException {
    List<Read> frames = new ArrayList<>();
    try (CaptureSource source = PcapFileSource.open(file, filter)) {
      while (!source.isExhausted()) {
        source.poll(frame -> frames.add(Read.of(frame)), 1024);
      }
    }
    return frames;
  }
}
