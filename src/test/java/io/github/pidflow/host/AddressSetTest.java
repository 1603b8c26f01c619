package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AddressSetTest {
  @Test
  void shouldHoldNothingWhenEmpty() {
    assertFalse(new AddressSet(List.of()).contains(0, 0));
  }

  @Test
  void shouldHoldWhatASetHolds() {
    Random random = new Random(1);
    for (int size = 0; size < 300; size++) {
      Set<InterfaceAddress> reference = new HashSet<>();
      List<InterfaceAddress> added = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        InterfaceAddress address = new InterfaceAddress(1, word(random), word(random));
        reference.add(address);
        added.add(address);
      }
      AddressSet set = new AddressSet(added);
      added.forEach(each -> assertEquals(true, set.contains(each.high(), each.low())));
      for (int i = 0; i < 1000; i++) {
        InterfaceAddress asked = new InterfaceAddress(1, word(random), word(random));
        assertEquals(reference.contains(asked), set.contains(asked.high(), asked.low()));
      }
    }
  }

  /** From a few values, so that many addresses are alike in one half or were added twice. */
  private static long word(Random random) {
    return random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(20) - 2;
  }
}
