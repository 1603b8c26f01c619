package io.github.pidflow.exposition;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Predicate;
import io.prometheus.client.SampleNameFilter;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Enumeration;
import java.util.Set;

/**
 * A page of metrics while it is written, in one of the two text formats, and only the samples whose
 * names were asked for.
 *
 * <p>It takes the families of simpleclient's collectors, and single samples that never are objects.
 * A sample is its labels and then its value:
 *
 * <pre>
 *   page.family(BYTES).label("pid", 812).label("comm", "nginx").value(1183204);
 * </pre>
 */
final class PageWriter {
  private static final String END = "# EOF\n";

  private final PageText text = new PageText();
  private String contentType = TextFormat.CONTENT_TYPE_004;
  private boolean openMetrics;
  private Predicate<String> asked = SampleNameFilter.ALLOW_ALL;
  private boolean wholeFamilies = true;
  private FamilyHead family;
  private boolean wanted;
  private boolean headed;
  private boolean labelled;

  /**
   * Starts anew.
   *
   * @param contentType one of the two of {@link TextFormat}
   * @param names of the samples to be shown, empty for all
   */
  void start(String contentType, Set<String> names) {
    text.clear();
    this.contentType = contentType;
    openMetrics = contentType.equals(TextFormat.CONTENT_TYPE_OPENMETRICS_100);
    wholeFamilies = names.isEmpty();
    asked = wholeFamilies ? null : SampleNameFilter.restrictToNamesEqualTo(null, names);
  }

  /** Ends it; what was written can be sent. */
  void end() {
    if (openMetrics) {
      text.ascii(END);
    }
  }

  PageText.Mark mark() {
    return text.mark();
  }

  void reset(PageText.Mark mark) {
    text.reset(mark);
  }

  long length() {
    return text.length();
  }

  void writeTo(OutputStream out) throws IOException {
    text.writeTo(out);
  }

  /** Which samples are asked for, as a registry wants it: null for all. */
  Predicate<String> asked() {
    return asked;
  }

  /** Families of a registry, as simpleclient writes them. */
  void families(Enumeration<MetricFamilySamples> families) throws IOException {
    TextFormat.writeFormat(contentType, text, families);
    if (openMetrics) {
      text.takeBack(END);
    }
  }

  /** Begins a family. One without samples is shown only on a page of all families. */
  PageWriter family(FamilyHead head) {
    family = head;
    wanted = wholeFamilies || asked.test(head.sampleName());
    headed = false;
    labelled = false;
    if (wholeFamilies) {
      head();
    }
    return this;
  }

  /** Whether the samples of the family are asked for; those of others are not to be written. */
  boolean wanted() {
    return wanted;
  }

  PageWriter label(String name, String value) {
    name(name);
    LabelValue.write(value, text);
    text.ascii('"');
    return this;
  }

  PageWriter label(String name, long value) {
    name(name);
    text.digits(value).ascii('"');
    return this;
  }

  /**
   * Seconds since the epoch with the two digits proc(5) can give, the same on every JDK; empty for
   * what is not known.
   */
  PageWriter label(String name, double seconds) {
    name(name);
    long hundredths = Math.round(seconds * 100);
    if (hundredths > 0) {
      long fraction = hundredths % 100;
      text.digits(hundredths / 100).ascii(fraction < 10 ? ".0" : ".").digits(fraction);
    }
    text.ascii('"');
    return this;
  }

  /** Ends a sample with a count, which is shown to its last digit. */
  void value(long count) {
    beforeValue();
    text.digits(count).ascii('\n');
  }

  void value(double value) {
    beforeValue();
    text.ascii(Collector.doubleToGoString(value)).ascii('\n');
  }

  private void name(String label) {
    if (labelled) {
      text.ascii(',');
    } else {
      name();
      text.ascii('{');
      labelled = true;
    }
    text.ascii(label).ascii("=\"");
  }

  private void beforeValue() {
    if (labelled) {
      // The comma at the end is simpleclient's, in this format alone.
      text.ascii(openMetrics ? "} " : ",} ");
      labelled = false;
    } else {
      name();
      text.ascii(' ');
    }
  }

  private void name() {
    if (!headed) {
      head();
    }
    text.ascii(family.sampleName());
  }

  private void head() {
    headed = true;
    String name = openMetrics ? family.name() : family.sampleName();
    if (openMetrics) {
      type(name, family.type());
      help(name);
    } else {
      help(name);
      type(name, family.textType());
    }
  }

  private void help(String name) {
    text.ascii("# HELP ").ascii(name).ascii(' ').ascii(family.help()).ascii('\n');
  }

  private void type(String name, String type) {
    text.ascii("# TYPE ").ascii(name).ascii(' ').ascii(type).ascii('\n');
  }
}
