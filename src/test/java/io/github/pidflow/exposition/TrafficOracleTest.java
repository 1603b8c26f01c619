package io.github.pidflow.exposition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.accounting.TrafficSnapshot.GroupTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.ProcessTraffic;
import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.accounting.TrafficSnapshot.UnattributedTraffic;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.SampleNameFilter;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares the writer with simpleclient's output, except for the format of counts. */
@Timeout(60)
class TrafficOracleTest {
  private static final int PAGES = 200;
  private static final List<String> NAMES =
      List.of(
          "pidflow_bytes_total",
          "pidflow_bytes",
          "pidflow_process_info",
          "pidflow_group_packets_total",
          "pidflow_unattributed_bytes_total",
          "pidflow_parked_bytes",
          "pidflow_capture_packets_total",
          "pidflow_sampling_ratio",
          "nobody");

  /** Values that a formatter, an escaper or an encoder may get wrong. */
  private static final String PIECES =
      "\"\\\n\r\t\0 ,{}=#a\u007f\u0080é\u07ff\u0800\u2028日\ufffd😀";

  @ParameterizedTest
  @EnumSource
  void shouldMatchSimpleclientsOutput(ExpositionFormat format) throws Exception {
    Random random = new Random(19);
    PageBuffer page = new PageBuffer();
    for (int i = 0; i < PAGES; i++) {
      TrafficSnapshot snapshot = snapshot(random);
      List<CaptureStatistics> capture = capture(random);
      double ratio = 1.0 / (1 + random.nextInt(64));
      Set<String> names = random.nextBoolean() ? Set.of() : someNames(random);

      StringWriter expected = new StringWriter();
      CollectorRegistry registry = new CollectorRegistry();
      registry.register(new TrafficReference(() -> snapshot, () -> capture, () -> ratio));
      TextFormat.writeFormat(
          WriterOracleTest.contentType(format),
          expected,
          registry.filteredMetricFamilySamples(
              names.isEmpty() ? null : SampleNameFilter.restrictToNamesEqualTo(null, names)));
      page.clear();
      MetricWriter writer = format.writer(page, names);
      new TrafficFamilies(() -> snapshot, () -> capture, () -> ratio).writeTo(writer);
      writer.end();

      int number = i;
      assertEquals(
          withWholeCounts(expected.toString()),
          text(page),
          () -> "page " + number + " of " + names);
    }
  }

  @Test
  void shouldWriteEveryDigit() throws Exception {
    TrafficSnapshot snapshot =
        new TrafficSnapshot(
            List.of(
                new ProcessTraffic(
                    ProcessInfo.named(Integer.MAX_VALUE, "a"),
                    new Traffic(Long.MAX_VALUE, (1L << 53) + 1, 0, 10))),
            List.of(),
            List.of(),
            0,
            Long.MIN_VALUE,
            1_000_000_000_000_000_000L,
            9);
    String page = new TrafficFamilies(() -> snapshot, List::of, () -> 1).text();

    String labels = "{pid=\"2147483647\",comm=\"a\",direction=\"%s\",} ";
    for (String line :
        List.of(
            "pidflow_bytes_total" + labels.formatted("rx") + "9223372036854775807",
            "pidflow_packets_total" + labels.formatted("rx") + "9007199254740993",
            "pidflow_packets_total" + labels.formatted("tx") + "10",
            "pidflow_captured_bytes_total -9223372036854775808",
            "pidflow_parked_bytes 1000000000000000000",
            "pidflow_parked_flows 9")) {
      assertTrue(page.contains("\n" + line + "\n"), page);
    }
  }

  /** A page must contain nothing of the previous one, even if that was longer. */
  @Test
  void shouldReuseTheBufferForTheNextPage() throws Exception {
    PageBuffer page = new PageBuffer();
    TrafficSnapshot large = Snapshots.large(5_000);
    for (TrafficSnapshot snapshot : List.of(large, Snapshots.small(), large)) {
      TrafficFamilies families = new TrafficFamilies(() -> snapshot, List::of, () -> 1);
      page.clear();
      MetricWriter writer = ExpositionFormat.TEXT.writer(page, Set.of());
      families.writeTo(writer);
      writer.end();

      assertEquals(families.text(), text(page));
      assertEquals(page.length(), text(page).getBytes(StandardCharsets.UTF_8).length);
    }
  }

  private static String text(PageBuffer page) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    page.writeTo(bytes);
    // This decoder, unlike a string's, rejects invalid UTF-8.
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(bytes.toByteArray()))
        .toString();
  }

  /** Rewrites simpleclient's doubles as whole numbers. */
  private static String withWholeCounts(String page) {
    StringBuilder whole = new StringBuilder();
    for (String line : page.split("(?<=\n)", -1)) {
      int space = line.lastIndexOf(' ');
      if (line.startsWith("#") || line.startsWith("pidflow_sampling_ratio") || space < 0) {
        whole.append(line);
      } else {
        BigDecimal value = new BigDecimal(line.substring(space + 1).strip());
        whole.append(line, 0, space + 1).append(value.toBigIntegerExact()).append('\n');
      }
    }
    return whole.toString();
  }

  private static TrafficSnapshot snapshot(Random random) {
    List<ProcessTraffic> processes = new ArrayList<>();
    for (int i = random.nextInt(20); i > 0; i--) {
      ProcessInfo process =
          new ProcessInfo(
              new ProcessId(random.nextInt(4_194_304), random.nextLong()),
              name(random),
              name(random),
              name(random),
              name(random),
              name(random),
              name(random),
              random.nextInt(4) == 0 ? 0 : random.nextInt(2_000_000_000) / 100.0);
      processes.add(new ProcessTraffic(process, traffic(random)));
    }
    List<GroupTraffic> groups = new ArrayList<>();
    for (int i = random.nextInt(20); i > 0; i--) {
      groups.add(new GroupTraffic(name(random), traffic(random)));
    }
    List<UnattributedTraffic> unattributed = new ArrayList<>();
    for (UnattributedReason reason : UnattributedReason.values()) {
      if (random.nextBoolean()) {
        unattributed.add(new UnattributedTraffic(reason, count(random), count(random)));
      }
    }
    return new TrafficSnapshot(
        processes,
        groups,
        unattributed,
        count(random),
        count(random),
        count(random),
        count(random));
  }

  private static List<CaptureStatistics> capture(Random random) {
    List<CaptureStatistics> statistics = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      statistics.add(
          new CaptureStatistics(
              random.nextBoolean() ? "eth0" : name(random), random.nextInt(), random.nextInt(9)));
    }
    return statistics;
  }

  private static Set<String> someNames(Random random) {
    Set<String> names = new HashSet<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      names.add(NAMES.get(random.nextInt(NAMES.size())));
    }
    return names;
  }

  private static Traffic traffic(Random random) {
    return new Traffic(count(random), count(random), count(random), count(random));
  }

  /** A random count of any magnitude that a double represents exactly. */
  private static long count(Random random) {
    return random.nextLong() >>> (11 + random.nextInt(53));
  }

  private static String name(Random random) {
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(random.nextInt(50) == 0 ? 5_000 : 20); i > 0; i--) {
      name.append(PIECES.charAt(random.nextInt(PIECES.length())));
    }
    return name.toString();
  }
}
