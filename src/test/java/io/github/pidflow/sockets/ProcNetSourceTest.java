package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import io.github.pidflow.flow.SocketKeys;
import io.github.pidflow.linux.FakeProc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tables of a little-endian Linux 6.18, recorded. */
@Timeout(10)
class ProcNetSourceTest {
  private static final String TCP =
      """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:B799 00000000:0000 0A 00000000:00000001 00:00000000 00000000     0        0 1050843 2 00000000b3f0a0d3 100 0 0 10 0
         1: 0100007F:B799 0100007F:B7A3 01 00000000:00000000 00:00000000 00000000     0        0 0 1 000000008c6953e2 20 0 0 10 -1
         2: 0100007F:B7A3 0100007F:B799 01 00000000:00000000 00:00000000 00000000     0        0 1050847 2 0000000003550ae1 20 0 0 10 -1
         3: 0100007F:B7A4 0100007F:B799 06 00000000:00000000 03:00001770 00000000     0        0 0 3 00000000aa550ae1
      """;
  private static final String TCP6 =
      """
        sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 00000000000000000000000000000000:B79C 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1050846 1 00000000db4a7fe3 100 0 0 10 0
         4: 00000000000000000000000001000000:B7A4 00000000000000000000000001000000:B79A 01 00000000:00000000 00:00000000 00000000     0        0 1050848 2 00000000e83319f4 20 0 0 10 -1
         5: 0000000000000000FFFF00000100007F:B7A5 0000000000000000FFFF00000100007F:B79B 01 00000000:00000000 00:00000000 00000000     0        0 1050849 2 000000000c41de58 20 0 0 10 -1
      """;
  private static final String UDP =
      """
         sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
       8386: 00000000:B7AD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1050850 2 000000003111087c 0
       8387: 0100007F:B7AE 0100007F:B7AD 01 00000000:00000000 00:00000000 00000000     0        0 1050851 2 000000003fe29a91 0
      """;
  private static final String RAW =
      """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
       138: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1050867 2 000000007cc5afcc 0
       237: 00000000:0059 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1050869 2 00000000dbaa5447 0
      """;
  private static final String ICMP =
      """
         sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
         60: 0100007F:1267 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1049942 2 00000000d235a35b 0
      """;

  @TempDir private Path directory;

  private static List<KernelSocket> parse(int protocol, String table) {
    List<KernelSocket> sockets = new ArrayList<>();
    ProcNetSource.parse(protocol, table.getBytes(StandardCharsets.US_ASCII), sockets::add);
    return sockets;
  }

  private static KernelSocket socket(SocketKey key, long inode) {
    return new KernelSocket(key, inode, 0, false);
  }

  @Test
  void shouldReadTcpWithoutKernelOnlySockets() {
    assertEquals(
        List.of(
            socket(SocketKeys.bound(Protocol.TCP, "127.0.0.1", 47001), 1050843),
            socket(SocketKeys.connected(Protocol.TCP, "127.0.0.1", 47001, "127.0.0.1", 47011), 0),
            socket(
                SocketKeys.connected(Protocol.TCP, "127.0.0.1", 47011, "127.0.0.1", 47001),
                1050847)),
        parse(Protocol.TCP, TCP));
  }

  @Test
  void shouldReadTcp6WithMappedAddresses() {
    assertEquals(
        List.of(
            socket(SocketKeys.bound(Protocol.TCP, "::", 47004), 1050846),
            socket(SocketKeys.connected(Protocol.TCP, "::1", 47012, "::1", 47002), 1050848),
            socket(
                SocketKeys.connected(Protocol.TCP, "127.0.0.1", 47013, "127.0.0.1", 47003),
                1050849)),
        parse(Protocol.TCP, TCP6));
  }

  @Test
  void shouldReadUdp() {
    assertEquals(
        List.of(
            socket(SocketKeys.bound(Protocol.UDP, "0.0.0.0", 47021), 1050850),
            socket(
                SocketKeys.connected(Protocol.UDP, "127.0.0.1", 47022, "127.0.0.1", 47021),
                1050851)),
        parse(Protocol.UDP, UDP));
  }

  @Test
  void shouldReadTheProtocolOfARawSocketFromItsPort() {
    assertEquals(
        List.of(
            socket(SocketKeys.bound(Protocol.ICMP, "0.0.0.0", 0), 1050867),
            socket(SocketKeys.bound(89, "0.0.0.0", 0), 1050869)),
        parse(ProcNetSource.RAW, RAW));
  }

  @Test
  void shouldReadAddressBytesInOrder() {
    String line = TCP6.lines().skip(2).findFirst().orElseThrow();
    String other =
        line.replaceFirst("0{24}01000000", "B80D0120" + "44332211" + "88776655" + "CCBBAA99");
    SocketKey expected =
        SocketKeys.connected(
            Protocol.TCP, "2001:db8:1122:3344:5566:7788:99aa:bbcc", 47012, "::1", 47002);
    assertEquals(List.of(socket(expected, 1050848)), parse(Protocol.TCP, "heading\n" + other));
  }

  @Test
  void shouldSkipATruncatedLine() {
    String heading = "heading\n";
    for (String table : List.of(TCP, TCP6, UDP)) {
      String line = table.lines().skip(2).findFirst().orElseThrow();
      List<KernelSocket> whole = parse(Protocol.TCP, heading + line);
      assertEquals(1, whole.size());
      int untilInode = line.indexOf(" 0 " + whole.get(0).inode() + " ") + 3;
      int inodeEnd = untilInode + Long.toString(whole.get(0).inode()).length();
      for (int length = 0; length < line.length(); length++) {
        List<KernelSocket> torn = parse(Protocol.TCP, heading + line.substring(0, length));
        assertEquals(length <= inodeEnd + 1 ? List.of() : whole, torn);
      }
    }
  }

  @Test
  void shouldSkipMalformedLines() {
    String columns = " 01 0:0 0:0 0 0 0 5 2 f 0\n";
    String table =
        "heading\n"
            + ("1: 0100007F 0100007F:1" + columns)
            + ("2: 0100007X:1 0100007F:1" + columns)
            + ("3: 0100:1 0100007F:1" + columns)
            + ("4: 0100007F:1 0100007F:" + columns)
            + ("5: 0100007F:1 0100007F:2" + columns.replace("01 ", "zz "))
            + ("6: 0100007F:1 0100007F:2" + columns.replace(" 5 ", " x "))
            + ("7: 0100007F:1 0100007F:2" + columns);
    SocketKey key = SocketKeys.connected(Protocol.TCP, "127.0.0.1", 1, "127.0.0.1", 2);
    assertEquals(List.of(socket(key, 5)), parse(Protocol.TCP, table));
    assertEquals(List.of(), parse(Protocol.TCP, ""));
  }

  @Test
  void shouldDumpTheTablesThatExist() throws IOException {
    FakeProc proc = new FakeProc(directory);
    proc.net("tcp", TCP);
    proc.net("tcp6", TCP6);
    proc.net("udp6", UDP);
    proc.net("raw", RAW);
    proc.net("icmp", ICMP);
    List<KernelSocket> sockets = new ArrayList<>();
    try (ProcNetSource source = new ProcNetSource(directory)) {
      source.dump(sockets::add);
      assertFalse(source.canFind(Protocol.TCP));
    }

    List<KernelSocket> expected = new ArrayList<>(parse(Protocol.TCP, TCP));
    expected.addAll(parse(Protocol.TCP, TCP6));
    expected.addAll(parse(Protocol.UDP, UDP));
    expected.addAll(parse(ProcNetSource.RAW, RAW));
    expected.add(socket(SocketKeys.bound(Protocol.ICMP, "127.0.0.1", 4711), 1049942));
    assertEquals(expected, sockets);
  }
}
