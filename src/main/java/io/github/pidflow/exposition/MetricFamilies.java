package io.github.pidflow.exposition;

/** A source of metric families. They are made anew at each scrape. */
interface MetricFamilies {
  void writeTo(MetricWriter writer);
}
