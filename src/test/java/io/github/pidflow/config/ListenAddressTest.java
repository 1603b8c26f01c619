package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class ListenAddressTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          127.0.0.1:10067      | 127.0.0.1         | 10067
          255.249.200.9:0      | 255.249.200.9     | 0
          :65535               | 0.0.0.0           | 65535
          [::]:1               | ::                | 1
          [::ffff:10.0.0.1]:80 | ::ffff:10.0.0.1   | 80
          [fe80::1%eth0.5]:80  | fe80::1%eth0.5    | 80
          localhost:80         | localhost         | 80
          a-b.example.:80      | a-b.example.      | 80
          """)
  void shouldTakeApart(String text, String host, int port) {
    assertEquals(
        Optional.of(new WebSettings(host, port)),
        ValueReadings.read(ListenAddress::read, '"' + text + '"'));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "10067",
        "localhost",
        "localhost:",
        "localhost:-1",
        "localhost:65536",
        "localhost:http",
        "localhost:1:2",
        "::1:80",
        "[::1]",
        "[::1:80",
        "[127.0.0.1]:80",
        "[1::2::3]:80",
        "[::%]:80",
        "256.0.0.1:80",
        "1.2.3:80",
        "1.2.3.4.:80",
        "1.2.3.4.5:80",
        "a b:80",
        " localhost:80",
        "-a:80",
        "localhost:080000"
      })
  void shouldRefuse(String text) {
    List<String> problems = ValueReadings.problems(ListenAddress::read, '"' + text + '"');

    assertEquals(1, problems.size());
    assertTrue(problems.get(0).startsWith("x: must be host:port, "), problems::toString);
    assertTrue(problems.get(0).endsWith("not \"" + text + '"'), problems::toString);
  }

  @Test
  void shouldRefuseABarePortNumber() {
    assertTrue(ValueReadings.problems(ListenAddress::read, "80").get(0).endsWith("not 80"));
  }
}
