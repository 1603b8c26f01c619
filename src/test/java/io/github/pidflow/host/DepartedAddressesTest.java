package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class DepartedAddressesTest {
  private static final long GRACE = DepartedAddresses.GRACE_NANOS;
  private static final long OLD = IpAddress.mapped(0x0a000001);
  private static final long NEW = IpAddress.mapped(0x0a000002);

  private final DepartedAddresses departed = new DepartedAddresses();

  @Test
  void shouldKeepAnAddressForAMomentAfterItWasTakenAway() {
    departed.with(network(OLD), 0);
    HostNetwork both = departed.with(network(NEW), 10);
    assertTrue(both.isLocal(0, OLD) && both.isLocal(0, NEW));
    assertFalse(departed.isDue(GRACE));

    assertTrue(departed.isDue(10 + GRACE));
    HostNetwork one = departed.withoutExpired(10 + GRACE);
    assertTrue(!one.isLocal(0, OLD) && one.isLocal(0, NEW));
    assertTrue(departed.isEmpty());
  }

  @Test
  void shouldNotForgetAnAddressThatCameBack() {
    departed.with(network(OLD), 0);
    departed.with(network(NEW), 10);
    HostNetwork back = departed.with(network(OLD), 20);
    assertTrue(back.isLocal(0, OLD) && back.isLocal(0, NEW));

    HostNetwork later = departed.withoutExpired(20 + GRACE);
    assertTrue(later.isLocal(0, OLD) && !later.isLocal(0, NEW));
  }

  @Test
  void shouldCountTheMomentFromTheFirstLookWithoutIt() {
    departed.with(network(OLD), 0);
    departed.with(network(NEW), 10);
    departed.with(network(NEW), GRACE);
    assertTrue(departed.isDue(10 + GRACE));
    assertEquals(List.of(), departed.withoutExpired(10 + GRACE).with(List.of()).interfaces());
  }

  private static HostNetwork network(long address) {
    return new HostNetwork(List.of(), List.of(new InterfaceAddress(1, 0, address)), List.of());
  }
}
