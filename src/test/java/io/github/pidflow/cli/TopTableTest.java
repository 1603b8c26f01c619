package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.cli.TopClient.Entry;
import io.github.pidflow.cli.TopClient.Top;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class TopTableTest {
  private static final Top TOP =
      new Top(
          15.2,
          7,
          1_234_567,
          0.2,
          List.of(
              new Entry(812, "nginx", "www-data", "nginx.service", "", 5, 999, 1_234_567, 0.2),
              new Entry(
                  99, "a\u001b[2Jb\nc\u202e", "a-user-of-long-name", "", "0f0f", 0, 0, 0, 0)));

  @Test
  void shouldShowOneProcessPerLine() {
    List<String> lines = TopTable.lines(TOP, "rx", 200);

    assertEquals(
        List.of(
            "rx 1.2 MB/s  tx 0  7 processes, over 15.2 s, by rx",
            "     PID COMM             USER                RX          TX       SUM  UNIT",
            "     812 nginx            www-data      1.2 MB/s           0    1.0 kB  nginx.service",
            "      99 a?[2Jb?c?        a-user-of-           0           0       0 B  0f0f"),
        lines);
  }

  @Test
  void shouldCutLinesAtTheEdgeOfTheScreen() {
    for (String line : TopTable.lines(TOP, "rx", 12)) {
      assertTrue(line.length() <= 12, line);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "999.5, 1.0 kB",
    "99949, 99.9 kB",
    "99950, 100 kB",
    "999499, 999 kB",
    "999500, 1.0 MB",
    "1e18, 1000 PB"
  })
  void shouldFormatBytesWithThreeDigits(double bytes, String text) {
    assertEquals(text, ByteFormat.bytes(bytes));
  }
}
