package io.github.pidflow.negotiation;

import java.util.List;
import java.util.Map;

/**
 * The media type of a page of metrics.
 *
 * <p>A request names media ranges with weights. Each type that can be written has the weight of the
 * most specific range that matches it, and the heaviest type wins. Of equally heavy ones the more
 * specifically requested wins, then the one requested first, then the one that stands first in
 * {@link Version}. A request that accepts none of them gets the format 0.0.4, as Prometheus
 * demands.
 *
 * <p>An {@code escaping} parameter says how names outside of {@code [a-zA-Z0-9_:]} are written.
 * pidflow has no such names, so its pages are right in every scheme, and the type repeats the
 * requested one.
 *
 * @param escaping the scheme to name in the type, or empty for none
 */
public record MetricsType(Version version, String escaping) {
  private static final String DEFAULT_ESCAPING = "underscores";

  /** The schemes of Prometheus; its documentation spelled the first one in two ways. */
  private static final Map<String, String> ESCAPINGS =
      Map.of(
          "allow-utf-8", "allow-utf-8",
          "allow-utf8", "allow-utf-8",
          "underscores", "underscores",
          "dots", "dots",
          "values", "values");

  /** The types that can be written, the preferred one first. */
  public enum Version {
    TEXT_0_0_4("text/plain", "0.0.4", false),
    OPEN_METRICS_1_0_0("application/openmetrics-text", "1.0.0", true),
    TEXT_1_0_0("text/plain", "1.0.0", false),
    OPEN_METRICS_0_0_1("application/openmetrics-text", "0.0.1", true);

    private final String name;
    private final String number;
    private final boolean openMetrics;

    Version(String name, String number, boolean openMetrics) {
      this.name = name;
      this.number = number;
      this.openMetrics = openMetrics;
    }

    /** Whether the page is in OpenMetrics rather than in Prometheus' own text format. */
    public boolean isOpenMetrics() {
      return openMetrics;
    }

    /** How closely a range names this type, 0 if it does not match. */
    private int specificity(Accepted range) {
      String asked = range.parameters().get("version");
      if (asked != null && !asked.equals(number)) {
        return 0;
      }
      int version = asked == null ? 0 : 1;
      if (range.name().equals(name)) {
        return 5 + version;
      }
      if (range.name().equals(name.substring(0, name.indexOf('/')) + "/*")) {
        return 3 + version;
      }
      return range.name().equals("*/*") || range.name().equals("*") ? 1 + version : 0;
    }
  }

  /**
   * The type to answer a request with.
   *
   * @param accept the lines of the header {@code Accept}, or null
   */
  public static MetricsType of(List<String> accept) {
    List<Accepted> ranges = Accepted.parse(accept);
    Candidate best = null;
    for (Version version : Version.values()) {
      Candidate candidate = Candidate.of(version, ranges);
      if (candidate != null && candidate.isBetterThan(best)) {
        best = candidate;
      }
    }
    return best == null ? new MetricsType(Version.TEXT_0_0_4, "") : best.type(ranges);
  }

  /** The value of the header {@code Content-Type}. */
  public String contentType() {
    String type = version.name + "; version=" + version.number + "; charset=utf-8";
    return escaping.isEmpty() ? type : type + "; escaping=" + escaping;
  }

  /** A version with the range that decides on it, by its index in the header. */
  private record Candidate(Version version, int range, int specificity, double weight) {

    /** Of equally specific ranges, which differ in the escaping only, the heaviest decides. */
    static Candidate of(Version version, List<Accepted> ranges) {
      Candidate deciding = null;
      for (int i = 0; i < ranges.size(); i++) {
        Accepted range = ranges.get(i);
        int specificity = version.specificity(range);
        if (specificity > 0
            && (deciding == null
                || specificity > deciding.specificity
                || (specificity == deciding.specificity && range.weight() > deciding.weight))) {
          deciding = new Candidate(version, i, specificity, range.weight());
        }
      }
      return deciding;
    }

    boolean isBetterThan(Candidate other) {
      if (weight == 0 || other == null) {
        return weight > 0;
      }
      if (weight != other.weight) {
        return weight > other.weight;
      }
      return specificity == other.specificity
          ? range < other.range
          : specificity > other.specificity;
    }

    MetricsType type(List<Accepted> ranges) {
      String asked = ranges.get(range).parameters().getOrDefault("escaping", "");
      // This format alone has always had a scheme: OpenMetrics 1.0.0 is older than the parameter.
      String otherwise = version == Version.TEXT_1_0_0 ? DEFAULT_ESCAPING : "";
      return new MetricsType(version, ESCAPINGS.getOrDefault(asked, otherwise));
    }
  }
}
