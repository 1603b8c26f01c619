package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.flow.UnattributedReason;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WarmUpTest {
  private static final AccountingSettings SETTINGS =
      new AccountingSettings(
          100, Duration.ofSeconds(10), Duration.ofMinutes(5), 100, 100, List.of(), Attribute.COMM);

  @Test
  void shouldCoverEveryPathAPacketCanTake() {
    TrafficSnapshot counted = new WarmUp(SETTINGS).count();

    assertEquals(4, counted.processes().size());
    long attributed = 0;
    for (ProcessTraffic each : counted.processes()) {
      Traffic traffic = each.traffic();
      assertTrue(traffic.rxBytes() > 0, each.toString());
      assertEquals(traffic.rxBytes(), traffic.txBytes());
      attributed += traffic.rxBytes() + traffic.txBytes();
    }
    assertTrue(counted.forwardedBytes() > 0);
    assertTrue(counted.parkedBytes() > 0);
    assertTrue(
        counted.unattributed().stream()
            .map(TrafficSnapshot.UnattributedTraffic::reason)
            .collect(Collectors.toSet())
            .containsAll(Set.of(UnattributedReason.MALFORMED, UnattributedReason.KERNEL_PROTOCOL)));
    long nobodys =
        counted.unattributed().stream().mapToLong(each -> each.rxBytes() + each.txBytes()).sum();
    assertTrue(nobodys > 0);
    assertEquals(
        counted.capturedBytes(),
        attributed + nobodys + counted.forwardedBytes() + counted.parkedBytes());
  }
}
