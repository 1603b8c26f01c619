package io.github.pidflow.exposition;

/**
 * What is said of a metric family before its samples. It is named as OpenMetrics does, without the
 * suffix its type adds to the samples.
 *
 * @param type as OpenMetrics calls it
 * @param textType as the older text format calls it
 */
record FamilyHead(String name, String type, String textType, String sampleName, String help) {
  static FamilyHead counter(String name, String help) {
    return new FamilyHead(name, "counter", "counter", name + "_total", help);
  }

  static FamilyHead gauge(String name, String help) {
    return new FamilyHead(name, "gauge", "gauge", name, help);
  }

  /** A family whose samples are always 1: OpenMetrics says info, the older format gauge. */
  static FamilyHead info(String name, String help) {
    return new FamilyHead(name, "info", "gauge", name + "_info", help);
  }
}
