package io.github.pidflow.exposition;

import io.prometheus.client.exporter.common.TextFormat;
import java.util.Set;
import java.util.stream.Stream;

/** The formats of {@code /metrics}. A new one is a constant here and a {@link MetricWriter}. */
enum ExpositionFormat {
  TEXT(TextFormat.CONTENT_TYPE_004),
  OPEN_METRICS(TextFormat.CONTENT_TYPE_OPENMETRICS_100);

  private final String contentType;

  ExpositionFormat(String contentType) {
    this.contentType = contentType;
  }

  String contentType() {
    return contentType;
  }

  /**
   * The format to answer a request with.
   *
   * @param accept the header {@code Accept}, or null
   */
  static ExpositionFormat of(String accept) {
    String contentType = TextFormat.chooseContentType(accept);
    return Stream.of(values())
        .filter(format -> format.contentType.equals(contentType))
        .findFirst()
        .orElse(TEXT);
  }

  /**
   * A writer for one page.
   *
   * @param sampleNames the samples asked for, empty for all
   */
  MetricWriter writer(PageBuffer page, Set<String> sampleNames) {
    return new TextWriter(page, this == OPEN_METRICS, sampleNames);
  }
}
