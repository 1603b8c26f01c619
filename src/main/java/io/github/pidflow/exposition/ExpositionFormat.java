package io.github.pidflow.exposition;

import io.github.pidflow.negotiation.MetricsType;
import java.util.Set;

/** The formats of {@code /metrics}. A new one is a constant here and a {@link MetricWriter}. */
enum ExpositionFormat {
  TEXT,
  OPEN_METRICS;

  /** The format of a media type. The versions of a format differ in their names only. */
  static ExpositionFormat of(MetricsType type) {
    return type.version().isOpenMetrics() ? OPEN_METRICS : TEXT;
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
