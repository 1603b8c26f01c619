package io.github.pidflow.exposition;

/**
 * The name, type and help of a metric family. It is named as in OpenMetrics, without the suffix
 * that its type adds to the names of its samples.
 *
 * @param sampleName the name of its plain samples, those that are no {@link SamplePart}
 */
record MetricFamily(String name, Type type, String sampleName, String help) {
  /** The types in use. */
  enum Type {
    COUNTER("counter", "counter", "_total"),
    GAUGE("gauge", "gauge", ""),
    HISTOGRAM("histogram", "histogram", ""),
    /** A family whose samples are always 1; the older text format has only gauges for it. */
    INFO("info", "gauge", "_info"),
    SUMMARY("summary", "summary", "");

    private final String openMetrics;
    private final String text;
    private final String suffix;

    Type(String openMetrics, String text, String suffix) {
      this.openMetrics = openMetrics;
      this.text = text;
      this.suffix = suffix;
    }

    /** The word for it in OpenMetrics. */
    String openMetrics() {
      return openMetrics;
    }

    /** The word for it in the older text format. */
    String text() {
      return text;
    }
  }

  MetricFamily(String name, Type type, String help) {
    this(name, type, name + type.suffix, help);
  }

  static MetricFamily counter(String name, String help) {
    return new MetricFamily(name, Type.COUNTER, help);
  }

  static MetricFamily gauge(String name, String help) {
    return new MetricFamily(name, Type.GAUGE, help);
  }

  static MetricFamily histogram(String name, String help) {
    return new MetricFamily(name, Type.HISTOGRAM, help);
  }

  static MetricFamily info(String name, String help) {
    return new MetricFamily(name, Type.INFO, help);
  }
}
