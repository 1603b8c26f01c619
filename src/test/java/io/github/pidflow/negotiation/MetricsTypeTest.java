package io.github.pidflow.negotiation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(10)
class MetricsTypeTest {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # nothing that can be written: the last resort
          ''                                                             | text 0.0.4
          */*                                                            | text 0.0.4
          image/png                                                      | text 0.0.4
          */*;q=0                                                        | text 0.0.4
          text/plain;version=7                                           | text 0.0.4
          text/html,application/xml;q=0.9,*/*;q=0.8                      | text 0.0.4
          text/plain;q=0.0                                               | text 0.0.4
          # one type
          text/plain                                                     | text 0.0.4
          text/*                                                         | text 0.0.4
          text/plain;version=0.0.4                                       | text 0.0.4
          text/plain;version=1.0.0                                       | text 1.0.0 underscores
          text/plain;version=1.0.0;escaping=dots                         | text 1.0.0 dots
          application/openmetrics-text                                   | open 1.0.0
          application/*                                                  | open 1.0.0
          application/openmetrics-text;version=0.0.1                     | open 0.0.1
          application/openmetrics-text;version=1.0.0                     | open 1.0.0
          application/openmetrics-text;version=2.0.0                     | text 0.0.4
          application/openmetrics-text;version=1.0.0;escaping=values     | open 1.0.0 values
          # weights
          application/openmetrics-text;q=0.3,text/plain;q=0.7            | text 0.0.4
          application/openmetrics-text;q=0.7,text/plain;q=0.3            | open 1.0.0
          text/plain;q=0.3,application/openmetrics-text;q=0.7            | open 1.0.0
          application/openmetrics-text;q=0,text/plain                    | text 0.0.4
          application/openmetrics-text;q=0.000,*/*;q=0.001               | text 0.0.4
          application/openmetrics-text;version=1.0.0;q=0                 | text 0.0.4
          application/openmetrics-text;version=1.0.0;q=0.3,*/*;q=0.5     | text 0.0.4
          text/plain;q=0.2,*/*;q=0.8                                     | open 1.0.0
          text/plain;q=0,*/*                                             | open 1.0.0
          text/plain;version=0.0.4;q=0,text/plain;version=1.0.0;q=0.1    | text 1.0.0 underscores
          # equal weights: the more specific one, then the first
          */*,application/openmetrics-text                               | open 1.0.0
          text/plain,application/openmetrics-text                        | text 0.0.4
          application/openmetrics-text,text/plain                        | open 1.0.0
          # letter case, blanks, quotes, malformed weights
          Application/OpenMetrics-Text; Version=1.0.0; Escaping=Dots     | open 1.0.0 dots
          TEXT/PLAIN;Q=0.9,application/openmetrics-text;Q=0.1            | text 0.0.4
          application/openmetrics-text ; version="1.0.0" ; q=1.0         | open 1.0.0
          application/openmetrics-text;q=high                            | open 1.0.0
          ,,;q=1,application/openmetrics-text;;                          | open 1.0.0
          # escaping
          text/plain;version=1.0.0;escaping=allow-utf-8                  | text 1.0.0 allow-utf-8
          text/plain;version=1.0.0;escaping=allow-utf8                   | text 1.0.0 allow-utf-8
          text/plain;version=1.0.0;escaping=underscores                  | text 1.0.0 underscores
          text/plain;version=1.0.0;escaping=values                       | text 1.0.0 values
          text/plain;version=1.0.0;escaping="dots"                       | text 1.0.0 dots
          text/plain;version=1.0.0;escaping=x-injected                   | text 1.0.0 underscores
          application/openmetrics-text;version=1.0.0;escaping=none       | open 1.0.0
          text/plain;version=1.0.0;escaping=dots;q=0.2,text/plain;version=1.0.0;escaping=values;q=0.4 | text 1.0.0 values
          """)
  void shouldAnswerWithTheHeaviestType(String accept, String expected) {
    String[] parts = expected.split(" ", -1);
    String type =
        (parts[0].equals("text") ? "text/plain" : "application/openmetrics-text")
            + "; version="
            + parts[1]
            + "; charset=utf-8"
            + (parts.length > 2 ? "; escaping=" + parts[2] : "");

    assertEquals(type, MetricsType.of(List.of(accept)).contentType());
  }

  @Test
  void shouldAnswerARequestWithoutAnAcceptHeader() {
    assertEquals(TEXT, MetricsType.of(null).contentType());
    assertEquals(TEXT, MetricsType.of(List.of()).contentType());
  }

  /** What Prometheus 3 sends by default. */
  @Test
  void shouldAnswerPrometheus() {
    String accept =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            + "application/openmetrics-text;version=0.0.1;q=0.5,"
            + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
            + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    assertEquals(
        OPEN_METRICS + "; escaping=allow-utf-8", MetricsType.of(List.of(accept)).contentType());
  }

  @Test
  void shouldReadSeveralLinesAsOne() {
    assertEquals(
        OPEN_METRICS,
        MetricsType.of(List.of("text/plain;q=0.4", "application/openmetrics-text;q=0.5"))
            .contentType());
  }
}
