package io.github.pidflow.flow;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowHashTest {
  private static final long SERVER = IpAddress.mapped(0x0a000001);
  private static final long HTTPS = 6L << 32 | 443L << 16;

  /** What the tables hashed by before, as anyone could look up. */
  private static long unkeyed(long ports, long localLow, long remoteLow) {
    long mix = 0x9e37_79b9_7f4a_7c15L;
    long hash = ports * mix;
    hash = (hash ^ hash >>> 29 ^ localLow) * mix;
    hash = (hash ^ hash >>> 31 ^ remoteLow) * mix;
    hash = (hash ^ hash >>> 30) * mix;
    return (hash ^ hash >>> 32) * mix;
  }

  @Test
  void shouldSpreadFlowsChosenToCollide() {
    Random random = new Random(20_261_127);
    Map<Long, Integer> sharing = new HashMap<>();
    for (int found = 0; found < 1000; ) {
      long ports = HTTPS | random.nextInt(0x1_0000);
      long remote = IpAddress.mapped(random.nextInt());
      if (unkeyed(ports, SERVER, remote) >>> 52 == 0) {
        long place = FlowHash.of(ports, SERVER, remote, 0, 0, 0) >>> 52;
        sharing.merge(place, 1, Integer::sum);
        found++;
      }
    }

    int most = sharing.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    assertTrue(most < 14, () -> most + " of 1000 in one of 4096 places");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 16, 32, 47})
  void shouldSpreadFlowsThatDifferInSixteenBits(int shift) {
    Set<Long> places = new HashSet<>();
    IntStream.range(0, 0x1_0000)
        .mapToLong(bits -> (long) bits << shift)
        .map(bits -> FlowHash.of(HTTPS, SERVER, bits, 0, 0, 0) >>> 48)
        .forEach(places::add);

    // 1 - 1 / e of them is what a random function takes.
    assertTrue(places.size() > 38_000, () -> places.size() + " of 65536 places");
  }

  @Test
  void shouldSpreadHashes() {
    Set<Long> places = new HashSet<>();
    IntStream.range(0, 1024).forEach(i -> places.add(FlowHash.of(i) >>> 54));

    assertTrue(places.size() > 500, () -> places.size() + " of 1024 places");
  }
}
