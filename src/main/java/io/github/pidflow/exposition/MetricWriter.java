package io.github.pidflow.exposition;

/**
 * Writes metric families to a page in one exposition format.
 *
 * <p>A sample is its labels followed by its value, so that no sample is ever an object:
 *
 * <pre>
 *   if (writer.begin(BYTES)) {
 *     writer.label("pid", 812).label("comm", "nginx").value(1183204);
 *   }
 *   writer.begin(LAG);
 *   writer.bucket(0.5, 41);
 *   writer.part(SUM).value(2.5);
 * </pre>
 *
 * <p>A scrape may ask for some samples by name. The writer drops all others.
 */
interface MetricWriter {

  /**
   * Begins a family, which ends the one before it.
   *
   * @return false if none of its plain samples was asked for, so that the caller can skip them
   */
  boolean begin(MetricFamily family);

  /** Begins a sample that is a part of a histogram, a summary or a counter. */
  MetricWriter part(SamplePart part);

  MetricWriter label(String name, String value);

  MetricWriter label(String name, long value);

  /**
   * Adds a time as a label, in seconds since the epoch with two decimal places, which is the
   * resolution of proc(5). The label is empty if the time is unknown, that is, 0.
   */
  MetricWriter timeLabel(String name, double epochSeconds);

  /** Ends a sample with a count, exact to the last digit. */
  void value(long count);

  /** Ends a sample. */
  void value(double value);

  /** Writes the bucket of a histogram without labels of its own. */
  void bucket(double upperBound, double cumulativeCount);

  /**
   * Whether the format keeps creation times within their family, as {@link SamplePart#CREATED}.
   * Otherwise they are written as gauge families of their own.
   */
  boolean hasCreatedPart();

  /** Completes the current family and returns the position for {@link #reset}. */
  PageBuffer.Mark mark();

  /** Drops everything written since the mark. */
  void reset(PageBuffer.Mark mark);

  /** Completes the page. */
  void end();
}
