package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class DaemonDistributionsTest {
  private static final DaemonDistribution PACKETS = DaemonDistribution.CAPTURE_BLOCK_PACKETS;

  private final DaemonDistributions distributions = new DaemonDistributions();

  @Test
  void shouldCountAValueInTheFirstBucketItIsNotAbove() {
    for (double value : new double[] {0, 1, 1.5, 10, 10_000, 10_001}) {
      distributions.observe(PACKETS, value);
    }
    long[] counts =
        IntStream.range(0, PACKETS.buckets())
            .mapToLong(bucket -> distributions.count(PACKETS, bucket))
            .toArray();
    assertEquals("[2, 2, 0, 0, 1, 1]", Arrays.toString(counts));
    assertEquals(20_013.5, distributions.sum(PACKETS));
    assertEquals(0, distributions.sum(DaemonDistribution.CAPTURE_LAG));
  }

  @Test
  void shouldHaveRisingBoundsUpToAnything() {
    for (DaemonDistribution each : DaemonDistribution.values()) {
      for (int bucket = 1; bucket < each.buckets(); bucket++) {
        assertEquals(1, Double.compare(each.bound(bucket), each.bound(bucket - 1)), each.metric());
      }
      assertEquals(Double.POSITIVE_INFINITY, each.bound(each.buckets() - 1));
    }
  }
}
