package io.github.pidflow.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.AssertionFailedError;

@Timeout(10)
class MetricsPageTest {
  private static final String PAGE =
      """
      # HELP pidflow_bytes_total IP bytes.
      # TYPE pidflow_bytes_total counter
      pidflow_bytes_total{pid="7",comm="a,b=\\"}\\\\\\n",direction="rx",} 1.0E7
      pidflow_bytes_total{pid="7",comm="x",direction="tx"} 2
      pidflow_bytes_total{pid="8",comm="x",direction="tx"} 3
      pidflow_group_bytes_total{group="x",direction="tx"} 1.0000005E7
      pidflow_unattributed_bytes_total{reason="no_socket",direction="rx"} 10
      pidflow_parked_bytes 20.0
      pidflow_forwarded_bytes_total 30.0
      pidflow_captured_bytes_total 1.0000065E7
      jvm_threads_peak NaN
      """;

  @Test
  void shouldReadNamesLabelsAndValues() {
    MetricsPage page = MetricsPage.parse(PAGE);

    assertEquals(new Moved(10_000_000, 2), page.process(7));
    assertEquals(new Moved(10, 0), page.unattributed("no_socket"));
    assertEquals(5, page.sum("pidflow_bytes_total", "comm", "x"));
    assertEquals(
        Map.of("pid", "7", "comm", "a,b=\"}\\\n", "direction", "rx"),
        page.series("pidflow_bytes_total", "direction", "rx").get(0).labels());
    assertTrue(Double.isNaN(page.series("jvm_threads_peak").get(0).value()));
  }

  @Test
  void shouldCheckConservationToTheByte() {
    MetricsPage.parse(PAGE).assertConserved();

    MetricsPage parkedLost =
        MetricsPage.parse(PAGE.replace("parked_bytes 20.0", "parked_bytes 19"));
    assertThrows(AssertionFailedError.class, parkedLost::assertConserved);
    MetricsPage processLost = MetricsPage.parse(PAGE.replace("\"tx\"} 3", "\"tx\"} 2"));
    assertThrows(AssertionFailedError.class, processLost::assertConserved);
    processLost.assertConservedByGroup();
  }

  @Test
  void shouldRejectAMalformedPage() {
    assertThrows(IllegalArgumentException.class, () -> MetricsPage.parse("<html>\n"));
    assertThrows(IllegalArgumentException.class, () -> MetricsPage.parse("a{b=\"c} 1\n"));
    assertThrows(AssertionFailedError.class, () -> MetricsPage.parse("up 1\n").assertConserved());
  }
}
