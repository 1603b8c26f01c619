package io.github.pidflow.exposition;

/** The samples of a family that carry a suffix of their own beside or instead of the plain one. */
enum SamplePart {
  BUCKET("_bucket"),
  SUM("_sum"),
  COUNT("_count"),
  CREATED("_created");

  private final String suffix;

  SamplePart(String suffix) {
    this.suffix = suffix;
  }

  String suffix() {
    return suffix;
  }
}
