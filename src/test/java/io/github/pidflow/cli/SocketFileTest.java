package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.metering.Segments;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table given to replay: what each line means, and what is not one. */
@Timeout(30)
class SocketFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "tcp 10.0.0.5:443 192.0.2.7:51000 812 nginx,   tcp,     10.0.0.5, 443,  192.0.2.7,   51000",
    "TCP 10.0.0.5:443 192.0.2.7:51000 812 nginx,   tcp,     10.0.0.5, 443,  192.0.2.7,   51000",
    "6 10.0.0.5:443 192.0.2.7:51000 812 nginx,     tcp,     10.0.0.5, 443,  192.0.2.7,   51000",
    "'tcp\t[fd00::5]:443   [fd00::7]:1 812 nginx', tcp,     fd00::5,  443,  fd00::7,     1",
    "tcp [::ffff:10.0.0.5]:443 10.0.0.7:1 812 nginx, tcp,   10.0.0.5, 443,  10.0.0.7,    1",
    "udp 10.0.0.5:53 * 812 nginx,                  udp,     10.0.0.5, 53,   192.0.2.9,   40000",
    "udp 0.0.0.0:53 * 812 nginx,                   udp,     10.0.0.5, 53,   192.0.2.9,   40000",
    "udp [::]:53 * 812 nginx,                      udp,     fd00::5,  53,   fd00::7,     40000",
    "udp 0.0.0.0:65535 * 812 nginx,                udp,     10.0.0.5, 65535, 192.0.2.9,  65535",
    "icmp 10.0.0.5:1234 * 812 nginx,               icmp,    10.0.0.5, 1234, 192.0.2.9,   0",
    "icmpv6 [fd00::5]:1234 * 812 nginx,            icmpv6,  fd00::5,  1234, fd00::7,     0",
    "sctp 10.0.0.5:36412 * 812 nginx,              sctp,    10.0.0.5, 36412, 192.0.2.9,  5000",
  })
  void shouldTellWhoOwnsASocket(
      String line, String protocol, String local, int localPort, String remote, int remotePort)
      throws IOException {
    ProcessInfo process =
        find(line, Segments.sent(Protocol.number(protocol), local, localPort, remote, remotePort));

    assertEquals(ProcessInfo.named(812, "nginx"), process);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp 10.0.0.5:443 192.0.2.7:51000 812 nginx, udp, 10.0.0.5, 443,  192.0.2.7, 51000",
    "tcp 10.0.0.5:443 192.0.2.7:51000 812 nginx, tcp, 10.0.0.5, 443,  192.0.2.7, 51001",
    "udp [::]:53 * 812 nginx,                    udp, 10.0.0.5, 53,   192.0.2.9, 40000",
    "udp 0.0.0.0:53 * 812 nginx,                 udp, fd00::5,  53,   fd00::7,   40000",
    "udp 10.0.0.5:53 * 812 nginx,                udp, 10.0.0.6, 53,   192.0.2.9, 40000",
  })
  void shouldGiveASocketNothingElse(
      String line, String protocol, String local, int localPort, String remote, int remotePort)
      throws IOException {
    assertNull(
        find(line, Segments.sent(Protocol.number(protocol), local, localPort, remote, remotePort)));
  }

  @Test
  void shouldKeepTheBlanksOfAComm() throws IOException {
    Segment segment = Segments.sent(Protocol.UDP, "10.0.0.5", 1, "10.0.0.6", 2);

    assertEquals("Web Content #1", find("udp 10.0.0.5:1 * 7 Web Content #1  ", segment).comm());
  }

  @Test
  void shouldReadPastCommentsAndBlankLines() throws IOException {
    SocketFile file = read("# a comment", "", "   ", "  # another", "local 10.0.0.6\r");

    assertTrue(isLocal(file, "10.0.0.6"));
    assertEquals(List.of(), file.table().processes());
  }

  @ParameterizedTest
  @CsvSource({
    "local 10.0.0.6,                          10.0.0.6,  true",
    "local fd00::6,                           fd00::6,   true",
    "local 10.0.0.6,                          10.0.0.7,  false",
    "tcp 10.0.0.5:443 192.0.2.7:1 8 nginx,    10.0.0.5,  true",
    "tcp 10.0.0.5:443 192.0.2.7:1 8 nginx,    192.0.2.7, false",
    "udp 0.0.0.0:53 * 8 dnsmasq,              0.0.0.0,   false",
    "udp [::]:53 * 8 dnsmasq,                 ::,        false",
  })
  void shouldTellTheAddressesOfTheHost(String line, String address, boolean local)
      throws IOException {
    assertEquals(local, isLocal(read(line), address));
  }

  @Test
  void shouldTakeTwoSocketsForOneProcess() throws IOException {
    SocketFile file = read("udp 10.0.0.5:1 * 7 a", "udp 10.0.0.5:2 * 7 a", "udp 10.0.0.5:2 * 7 a");

    assertEquals(List.of(ProcessInfo.named(7, "a")), file.table().processes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp",
        "tcp 10.0.0.5:443 * 812",
        "tcp 10.0.0.5:443 * nginx 812",
        "tcp 10.0.0.5:443 * -1 nginx",
        "tcp 10.0.0.5:443 * 9999999999 nginx",
        "tpc 10.0.0.5:443 * 812 nginx",
        "256 10.0.0.5:443 * 812 nginx",
        "tcp 10.0.0.5 * 812 nginx",
        "tcp 10.0.0.5:65536 * 812 nginx",
        "tcp 10.0.0.5:http * 812 nginx",
        "tcp 10.0.0.256:443 * 812 nginx",
        "tcp 5:443 * 812 nginx",
        "tcp 10.5:443 * 812 nginx",
        "tcp face:443 * 812 nginx",
        "tcp *:443 * 812 nginx",
        "tcp localhost:443 * 812 nginx",
        "tcp fd00::5:443 * 812 nginx",
        "tcp [fd00::5:443 * 812 nginx",
        "tcp [fd00::5::6]:443 * 812 nginx",
        "tcp [face]:443 * 812 nginx",
        "tcp 10.0.0.5:443 [fd00::7]:1 812 nginx",
        "tcp 10.0.0.5:443 192.0.2.7:* 812 nginx",
        "local",
        "local 10.0.0",
        "local localhost",
        "local 10.0.0.5 10.0.0.6",
      })
  void shouldNameFileAndLineOfAMistake(String mistake) {
    IOException refusal = assertThrows(IOException.class, () -> read("# first", mistake));

    assertTrue(refusal.getMessage().startsWith(file() + ": 2: "), refusal.getMessage());
    assertTrue(mistake.contains(refusal.getMessage().replaceAll(".*: ", "")), refusal::getMessage);
  }

  @Test
  void shouldRefuseASecondOwnerOfASocket() {
    IOException refusal =
        assertThrows(
            IOException.class, () -> read("udp 10.0.0.5:53 * 7 a", "udp 10.0.0.5:53 * 8 b"));

    assertTrue(refusal.getMessage().contains(": 2: udp 10.0.0.5:53 * already belongs to 7 a: "));
  }

  @Test
  void shouldKnowNothingFromAnEmptyFile() throws IOException {
    assertFalse(isLocal(read(), "10.0.0.5"));
  }

  private ProcessInfo find(String line, Segment segment) throws IOException {
    return read(line).table().find(segment);
  }

  private SocketFile read(String... lines) throws IOException {
    return SocketFile.read(Files.write(file(), List.of(lines)));
  }

  private Path file() {
    return folder.resolve("sockets");
  }

  private static boolean isLocal(SocketFile file, String literal) {
    ByteBuffer address = Segments.address(literal);
    return file.network().isLocal(address.getLong(0), address.getLong(8));
  }
}
