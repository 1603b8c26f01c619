package io.github.pidflow.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class CaptureFileTest {
  private static final int ETHERNET = 1;
  private static final int SLL = 113;
  private static final int SLL2 = 276;

  private static final String ETHERNET_IPV4 = "020000000002" + "020000000001" + "0800";
  private static final String SLL_IPV4 = "0004" + "0001" + "0006" + "0200000000010000" + "0800";
  private static final String SLL2_IPV4 =
      "0800" + "0000" + "00000002" + "0001" + "04" + "06" + "0200000000010000";
  // 1500 bytes long, of which 28 were captured: 10.0.0.1:4096 > 10.0.0.2:53, more fragments, id 7.
  private static final String FIRST_FRAGMENT =
      "450005dc" + "00072000" + "40110000" + "0a000001" + "0a000002" + "10000035" + "07d80000";
  // 100 bytes at offset 1480 of the same.
  private static final String LAST_FRAGMENT =
      "45000064" + "000700b9" + "40110000" + "0a000001" + "0a000002" + "00000000";

  @TempDir Path folder;

  @Test
  void shouldReadEveryLinkTypeTcpdumpWrites() throws IOException {
    Flow flow =
        new Flow(
            17, InetAddress.getByName("10.0.0.1"), 4096, InetAddress.getByName("10.0.0.2"), 53);
    assertEquals(1500, read(ETHERNET, ETHERNET_IPV4 + FIRST_FRAGMENT).sum(flow::equals));
    assertEquals(1500, read(SLL, SLL_IPV4 + FIRST_FRAGMENT).sum(flow::equals));
    assertEquals(1500, read(SLL2, SLL2_IPV4 + FIRST_FRAGMENT).sum(flow::equals));
    assertThrows(IOException.class, () -> read(999, FIRST_FRAGMENT));
  }

  @Test
  void shouldGiveLaterFragmentsThePortsOfTheFirst() throws IOException {
    Ledger ledger = read(ETHERNET, ETHERNET_IPV4 + FIRST_FRAGMENT, ETHERNET_IPV4 + LAST_FRAGMENT);
    assertEquals(1600, ledger.sum(flow -> flow.destinationPort() == 53));
    assertThrows(IOException.class, () -> read(ETHERNET, ETHERNET_IPV4 + LAST_FRAGMENT));
  }

  @Test
  void shouldSkipAnIncompletePacketAtTheEnd() throws IOException {
    Path file = write(ETHERNET, ETHERNET_IPV4 + FIRST_FRAGMENT, ETHERNET_IPV4 + LAST_FRAGMENT);
    byte[] whole = Files.readAllBytes(file);
    int[] lengths = {whole.length - 1, whole.length - 40, 24 + 16 + 14 + 28, 24 + 3, 7, 0};
    long[] bytes = {1500, 1500, 1500, 0, 0, 0};
    for (int i = 0; i < lengths.length; i++) {
      Files.write(file, Arrays.copyOf(whole, lengths[i]));
      assertEquals(bytes[i], CaptureFile.read(file).sum(flow -> true), "cut to " + lengths[i]);
    }
  }

  @Test
  void shouldSkipPacketsOtherThanIp() throws IOException {
    String arp = "ffffffffffff" + "020000000001" + "0806" + "0001080006040001";
    assertEquals(0, read(ETHERNET, arp).sum(flow -> true));
  }

  private Ledger read(int linkType, String... frames) throws IOException {
    return CaptureFile.read(write(linkType, frames));
  }

  private Path write(int linkType, String... frames) throws IOException {
    ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
    file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putInt(0).putInt(0);
    file.putInt(128).putInt(linkType);
    for (String frame : frames) {
      byte[] bytes = HexFormat.of().parseHex(frame);
      file.putInt(0).putInt(0).putInt(bytes.length).putInt(1514).put(bytes);
    }
    return Files.write(folder.resolve("frames.pcap"), Arrays.copyOf(file.array(), file.position()));
  }
}
