package io.github.pidflow.ownership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.Settings;
import io.github.pidflow.config.SettingsReader;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The metering thread reads the times of port changes, also after the ownership thread died. */
@Timeout(60)
class PortChangesLifeIT {
  @Test
  void shouldStayMappedWhenTheAgentEndsAlone() throws Exception {
    Settings settings = SettingsReader.load(Optional.empty(), Map.of()).settings();
    long before = maps();
    OwnershipAgent agent = new OwnershipAgent(settings.ownership(), new DaemonCounters(), List::of);
    agent.onStart();
    assertTrue(agent.features().get(Feature.PORT_CHANGES), "needs root and eBPF");
    assertEquals(before + 1, maps());

    agent.onClose();
    assertEquals(before + 1, maps(), "its table is still read");
    agent.close();
    assertEquals(before, maps());
  }

  private static long maps() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(map -> map.contains("bpf-map")).count();
    }
  }
}
