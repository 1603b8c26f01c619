package io.github.pidflow.negotiation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class CodingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gzip",
        "GZIP",
        "x-gzip",
        "br, gzip",
        "gzip;q=0.5",
        "gzip; Q=0.001",
        "gzip;q=1.0, identity; q=0.5, *;q=0",
        "deflate;q=0.9, gzip;q=0.2",
        "*",
        "br;q=1.0, *;q=0.5",
        "identity;q=0, *",
        "gzip;q=0.5, identity;q=0.5"
      })
  void shouldCompress(String accepted) {
    assertEquals(Coding.GZIP, Coding.of(List.of(accepted)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "identity",
        "br",
        "gzipped",
        "gzip;q=0",
        "gzip;q=0.000",
        "gzip ; q=0, br",
        "gzip;q=0, *",
        "*;q=0",
        "identity, gzip;q=0.5",
        "identity;q=0.9, *;q=0.1"
      })
  void shouldNotCompress(String accepted) {
    assertEquals(Coding.IDENTITY, Coding.of(List.of(accepted)));
  }

  /** What fits the headers of a request. */
  @Test
  void shouldReadALongWeightQuickly() {
    String weight = "0".repeat(60_000);

    assertTimeout(
        Duration.ofSeconds(1),
        () -> {
          assertEquals(Coding.IDENTITY, Coding.of(List.of("gzip;q=" + weight)));
          assertEquals(Coding.IDENTITY, Coding.of(List.of("gzip;q=" + weight + ".0")));
          assertEquals(Coding.GZIP, Coding.of(List.of("gzip;q=" + weight + "x")));
        });
  }

  @Test
  void shouldReadSeveralLinesAsOne() {
    assertEquals(Coding.GZIP, Coding.of(List.of("br", "gzip")));
    assertEquals(Coding.IDENTITY, Coding.of(List.of("gzip;q=0", "*")));
    assertEquals(Coding.IDENTITY, Coding.of(null));
  }
}
