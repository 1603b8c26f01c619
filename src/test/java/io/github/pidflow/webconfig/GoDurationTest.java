package io.github.pidflow.webconfig;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0s, 0",
    "1s, 1000000000",
    "1.5s, 1500000000",
    "1m30s, 90000000000",
    "2h, 7200000000000",
    "3us, 3000",
    "3µs, 3000",
    "1ms5ns, 1000005",
    "250, 250"
  })
  void shouldRead(String text, long nanos) {
    assertEquals(Optional.of(nanos), GoDuration.nanos(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "-1s", "1 s", "1d", "1s2", ".5s", "999999999h", "1e3s"})
  void shouldRefuse(String text) {
    assertEquals(Optional.empty(), GoDuration.nanos(text));
  }
}
