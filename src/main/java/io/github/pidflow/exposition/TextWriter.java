package io.github.pidflow.exposition;

import io.prometheus.client.Collector;
import java.util.Set;

/**
 * Writes the two text formats: Prometheus' own, version 0.0.4, and OpenMetrics 1.0.0. Whitespace
 * and punctuation are those of simpleclient, down to the comma after the last label in 0.0.4.
 */
final class TextWriter implements MetricWriter {
  private final PageBuffer page;
  private final boolean openMetrics;
  private final Set<String> sampleNames;
  private MetricFamily family;
  private boolean headWritten;

  /** Whether the plain samples of the family are written. */
  private boolean plainWanted;

  /** The suffix of the current sample, null for a plain one. */
  private String suffix;

  private boolean sampleWanted;
  private boolean labelled;

  TextWriter(PageBuffer page, boolean openMetrics, Set<String> sampleNames) {
    this.page = page;
    this.openMetrics = openMetrics;
    this.sampleNames = sampleNames;
  }

  /** A family without samples is shown only if all families were asked for. */
  @Override
  public boolean begin(MetricFamily next) {
    family = next;
    headWritten = false;
    plainWanted = isWanted(next.sampleName());
    beginSample();
    if (sampleNames.isEmpty()) {
      writeHead();
    }
    return plainWanted;
  }

  private boolean isWanted(String sampleName) {
    return sampleNames.isEmpty() || sampleNames.contains(sampleName);
  }

  private void beginSample() {
    suffix = null;
    sampleWanted = plainWanted;
    labelled = false;
  }

  @Override
  public MetricWriter part(SamplePart part) {
    suffix = part.suffix();
    sampleWanted = sampleNames.isEmpty() || sampleNames.contains(family.name() + suffix);
    return this;
  }

  @Override
  public MetricWriter label(String name, String value) {
    if (sampleWanted) {
      writeLabelName(name);
      LabelValue.write(value, page);
      page.ascii('"');
    }
    return this;
  }

  @Override
  public MetricWriter label(String name, long value) {
    if (sampleWanted) {
      writeLabelName(name);
      page.digits(value).ascii('"');
    }
    return this;
  }

  @Override
  public MetricWriter timeLabel(String name, double epochSeconds) {
    if (sampleWanted) {
      writeLabelName(name);
      long hundredths = Math.round(epochSeconds * 100);
      if (hundredths > 0) {
        long fraction = hundredths % 100;
        page.digits(hundredths / 100).ascii(fraction < 10 ? ".0" : ".").digits(fraction);
      }
      page.ascii('"');
    }
    return this;
  }

  @Override
  public void value(long count) {
    if (sampleWanted) {
      writeLabelEnd();
      page.digits(count).ascii('\n');
    }
    beginSample();
  }

  @Override
  public void value(double value) {
    if (sampleWanted) {
      writeLabelEnd();
      page.ascii(Collector.doubleToGoString(value)).ascii('\n');
    }
    beginSample();
  }

  @Override
  public void bucket(double upperBound, double cumulativeCount) {
    part(SamplePart.BUCKET)
        .label("le", Collector.doubleToGoString(upperBound))
        .value(cumulativeCount);
  }

  @Override
  public boolean hasCreatedPart() {
    return openMetrics;
  }

  @Override
  public PageBuffer.Mark mark() {
    return page.mark();
  }

  @Override
  public void reset(PageBuffer.Mark mark) {
    page.reset(mark);
  }

  @Override
  public void end() {
    if (openMetrics) {
      page.ascii("# EOF\n");
    }
  }

  private void writeLabelName(String name) {
    if (labelled) {
      page.ascii(',');
    } else {
      writeSampleName();
      page.ascii('{');
      labelled = true;
    }
    page.ascii(name).ascii("=\"");
  }

  private void writeLabelEnd() {
    if (labelled) {
      page.ascii(openMetrics ? "} " : ",} ");
    } else {
      writeSampleName();
      page.ascii(' ');
    }
  }

  private void writeSampleName() {
    if (!headWritten) {
      writeHead();
    }
    if (suffix == null) {
      page.ascii(family.sampleName());
    } else {
      page.ascii(family.name()).ascii(suffix);
    }
  }

  private void writeHead() {
    headWritten = true;
    if (openMetrics) {
      writeType(family.name(), family.type().openMetrics());
      writeHelp(family.name());
    } else {
      writeHelp(family.sampleName());
      writeType(family.sampleName(), family.type().text());
    }
  }

  private void writeHelp(String name) {
    page.ascii("# HELP ").ascii(name).ascii(' ').ascii(family.help()).ascii('\n');
  }

  private void writeType(String name, String type) {
    page.ascii("# TYPE ").ascii(name).ascii(' ').ascii(type).ascii('\n');
  }
}
