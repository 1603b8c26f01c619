package io.github.pidflow.capture;

import static io.github.pidflow.capture.Arphrd.ETHER;
import static io.github.pidflow.capture.Arphrd.LOOPBACK;
import static io.github.pidflow.capture.Arphrd.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.linux.BpfInstruction;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.namednumber.DataLinkType;

@Timeout(60)
class KernelFilterTest {
  private static final int SNAP = 96;
  private static final byte[] DNS = Packets.udp(40_000, 53);
  private static final byte[] NTP = Packets.udp(40_000, 123);

  @Test
  void shouldOnlyCutWhereNothingIsSelected() {
    List<BpfInstruction> program =
        KernelFilter.passAll(SNAP).program(select(List.of(), List.of()), interfaces(3), 1);

    assertEquals(1, program.size());
    assertEquals(SNAP, ClassicBpf.run(program, 1, ETHER, DNS));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 127, 128, 129, 300, 2000})
  void shouldTakeExactlyTheIncludedInterfaces(int count) {
    InterfaceSelection selection = select(List.of("even*"), List.of());
    List<BpfInstruction> program =
        KernelFilter.passAll(SNAP).program(selection, interfaces(count), 1);

    for (int index = 1; index <= count; index++) {
      int expected = index % 2 == 0 ? SNAP : 0;
      assertEquals(expected, ClassicBpf.run(program, index, ETHER, DNS), "interface " + index);
    }
    assertEquals(0, ClassicBpf.run(program, count + 1, ETHER, DNS), "one not known yet");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 127, 128, 129, 300, 2000})
  void shouldLeaveOutExactlyTheExcludedInterfaces(int count) {
    InterfaceSelection selection = select(List.of(), List.of("odd*"));
    List<BpfInstruction> program =
        KernelFilter.passAll(SNAP).program(selection, interfaces(count), 1);

    for (int index = 1; index <= count; index++) {
      int expected = index % 2 == 0 ? SNAP : 0;
      assertEquals(expected, ClassicBpf.run(program, index, ETHER, DNS), "interface " + index);
    }
    assertEquals(SNAP, ClassicBpf.run(program, count + 1, ETHER, DNS), "one not known yet");
  }

  @Test
  void shouldTakeNothingWhereNoInterfaceIsIncludedYet() {
    List<BpfInstruction> program =
        KernelFilter.passAll(SNAP).program(select(List.of("wg0"), List.of()), interfaces(9), 1);

    assertEquals(0, ClassicBpf.run(program, 1, ETHER, DNS));
  }

  @ParameterizedTest
  @CsvSource({"udp port 53", "port 53 and udp", "ip and udp and not port 123", "dst port 53"})
  void shouldFilterWithAndWithoutAnEthernetHeader(String expression) throws IOException {
    List<BpfInstruction> program =
        filter(expression).program(select(List.of(), List.of()), List.of(), 1);

    assertEquals(SNAP, ClassicBpf.run(program, 1, ETHER, Packets.ethernet(DNS)));
    assertEquals(0, ClassicBpf.run(program, 1, ETHER, Packets.ethernet(NTP)));
    assertEquals(SNAP, ClassicBpf.run(program, 1, LOOPBACK, Packets.ethernet(DNS)));
    assertEquals(0, ClassicBpf.run(program, 1, LOOPBACK, Packets.ethernet(NTP)));
    assertEquals(SNAP, ClassicBpf.run(program, 1, NONE, DNS));
    assertEquals(0, ClassicBpf.run(program, 1, NONE, NTP));
    assertEquals(0, ClassicBpf.run(program, 1, ETHER, new byte[5]));
  }

  @Test
  void shouldSelectInterfacesBeforeItFilters() throws IOException {
    List<BpfInstruction> program =
        filter("udp port 53")
            .program(select(List.of("even*"), List.of("even4")), interfaces(500), 1);

    for (int index = 1; index <= 501; index++) {
      int expected = index % 2 == 0 && index != 4 ? SNAP : 0;
      assertEquals(expected, ClassicBpf.run(program, index, ETHER, Packets.ethernet(DNS)));
      assertEquals(0, ClassicBpf.run(program, index, ETHER, Packets.ethernet(NTP)));
      assertEquals(expected, ClassicBpf.run(program, index, NONE, DNS));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 10, 100, 1024})
  void shouldLetThroughOneInNBeforeAnythingElse(int oneIn) throws IOException {
    List<BpfInstruction> program =
        filter("udp port 53").program(select(List.of("even*"), List.of()), interfaces(2), oneIn);

    int firstLeftOut = (int) ((1L << 32) / oneIn);
    for (int random : new int[] {0, 1, firstLeftOut - 1}) {
      assertEquals(SNAP, ClassicBpf.run(program, 2, ETHER, Packets.ethernet(DNS), random));
      assertEquals(0, ClassicBpf.run(program, 1, ETHER, Packets.ethernet(DNS), random));
      assertEquals(0, ClassicBpf.run(program, 2, ETHER, Packets.ethernet(NTP), random));
    }
    for (int random : new int[] {firstLeftOut, Integer.MIN_VALUE, -1}) {
      assertEquals(0, ClassicBpf.run(program, 2, ETHER, Packets.ethernet(DNS), random));
    }
  }

  @Test
  void shouldRefuseMoreThanTheKernelTakes() {
    InterfaceSelection selection = select(List.of(), List.of("odd*"));
    KernelFilter filter = KernelFilter.passAll(SNAP);

    assertEquals(4096, filter.program(selection, interfaces(4093), 1).size());
    String message =
        assertThrows(
                IllegalStateException.class, () -> filter.program(selection, interfaces(4095), 1))
            .getMessage();
    assertTrue(message.contains("needs 4098 instructions, and the limit is 4096"), message);
  }

  private static KernelFilter filter(String expression) throws IOException {
    return KernelFilter.byLinkType(
        Libpcap.compile(expression, DataLinkType.EN10MB, SNAP),
        Libpcap.compile(expression, Libpcap.DLT_RAW, SNAP));
  }

  private static InterfaceSelection select(List<String> include, List<String> exclude) {
    return new InterfaceSelection(include, exclude);
  }

  /** odd1, even2, odd3, ... each with the index in its name. */
  private static List<NetworkInterface> interfaces(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(
            index ->
                new NetworkInterface(
                    index, (index % 2 == 0 ? "even" : "odd") + index, "", false, 0, 0, 0))
        .toList();
  }
}
