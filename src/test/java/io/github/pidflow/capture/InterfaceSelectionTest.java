package io.github.pidflow.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.host.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class InterfaceSelectionTest {
  @ParameterizedTest
  @CsvSource({
    "eth0, eth0, true",
    "eth0, eth01, false",
    "eth0, xeth0, false",
    "eth0, ETH0, false",
    "eth*, eth, true",
    "eth*, eth0.7, true",
    "*0, eth0, true",
    "*, anything, true",
    "e*h*7, eth0.7, true",
    "e*h*7, eth0.8, false",
    "eth?, eth0, true",
    "eth?, eth, false",
    "eth?, eth10, false",
    "eth0.7, eth0.7, true",
    "eth0.7, eth0x7, false",
    "eth[0], eth0, false",
    "eth[0], eth[0], true",
    "'a+b', aab, false",
    "'\\d', 7, false",
    "'\\E.', '\\Ex', false"
  })
  void shouldMatchAWholeNameAsAShellDoes(String glob, String name, boolean matches) {
    assertEquals(matches, selection(List.of(glob), List.of()).selects(named(name)));
    assertEquals(!matches, selection(List.of(), List.of(glob)).selects(named(name)));
  }

  @ParameterizedTest
  @CsvSource({"eth0, true", "eth1, false", "wlan0, true", "lo, false"})
  void shouldLetExcludeWinOverInclude(String name, boolean selected) {
    InterfaceSelection selection = selection(List.of("eth*", "wlan0"), List.of("eth1", "w?"));

    assertEquals(selected, selection.selects(named(name)));
  }

  @ParameterizedTest
  @CsvSource({"'', '', true, false", "a, '', false, true", "'', a, false, false"})
  void shouldTellWhatBecomesOfInterfacesToCome(
      String include, String exclude, boolean everything, boolean exclusive) {
    InterfaceSelection selection = selection(list(include), list(exclude));

    assertEquals(everything, selection.selectsAll());
    assertEquals(exclusive, selection.requiresInclusion());
  }

  private static List<String> list(String name) {
    return name.isEmpty() ? List.of() : List.of(name);
  }

  private static InterfaceSelection selection(List<String> include, List<String> exclude) {
    return new InterfaceSelection(include, exclude);
  }

  private static NetworkInterface named(String name) {
    return new NetworkInterface(1, name, "", false, 0, 0, 0);
  }
}
