package io.github.pidflow.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.LinkType;
import io.github.pidflow.linux.BpfInstruction;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.namednumber.DataLinkType;

@Timeout(60)
class LibpcapTest {
  /** As {@code tcpdump -y EN10MB -s 96 -ddd ip} prints it. */
  @Test
  void shouldCompileAsTcpdumpDoes() throws IOException {
    assertEquals(
        List.of(
            new BpfInstruction(0x28, 0, 0, 12),
            new BpfInstruction(0x15, 0, 1, 0x0800),
            new BpfInstruction(0x06, 0, 0, 96),
            new BpfInstruction(0x06, 0, 0, 0)),
        Libpcap.compile("ip", DataLinkType.EN10MB, 96));
  }

  @ParameterizedTest
  @ValueSource(strings = {"udp prot 53", "port 99999", "(", "no-such-host.invalid"})
  void shouldRefuseWithTheSettingTheExpressionAndLibpcapsWords(String expression) {
    String message =
        assertThrows(IOException.class, () -> Libpcap.compile(expression, DataLinkType.EN10MB, 96))
            .getMessage();

    String start = "pidflow.capture.filter: \"" + expression + "\": ";
    assertTrue(message.startsWith(start) && message.length() > start.length(), message);
  }

  @ParameterizedTest
  @CsvSource({
    "0, NULL_LOOPBACK",
    "1, ETHERNET",
    "12, RAW_IP",
    "101, RAW_IP",
    "108, LOOP",
    "113, LINUX_SLL",
    "228, RAW_IP",
    "229, RAW_IP",
    "276, LINUX_SLL2"
  })
  void shouldKnowTheLinkTypesTheDecoderReads(int dlt, LinkType linkType) {
    assertEquals(Optional.of(linkType), Libpcap.linkType(new DataLinkType(dlt, "")));
  }

  @ParameterizedTest
  @ValueSource(ints = {105, 127, 195, 9})
  void shouldNotClaimToKnowOthers(int dlt) {
    assertEquals(Optional.empty(), Libpcap.linkType(new DataLinkType(dlt, "")));
  }
}
