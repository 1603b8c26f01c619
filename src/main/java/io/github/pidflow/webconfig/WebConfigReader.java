package io.github.pidflow.webconfig;

import static java.util.function.Predicate.not;

import io.github.pidflow.runtime.Problems;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Reads the web configuration file of Prometheus' exporter-toolkit, which all exporters of a fleet
 * can share: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md.
 * It accepts and rejects what the toolkit does, but reports all problems at once.
 */
final class WebConfigReader {
  /** The headers that may be set, with their allowed values; an empty list allows any. */
  private static final Map<String, List<String>> HEADERS =
      new TreeMap<>(
          Map.of(
              "Content-Security-Policy", List.of(),
              "Strict-Transport-Security", List.of(),
              "X-Content-Type-Options", List.of("nosniff"),
              "X-Frame-Options", List.of("deny", "sameorigin"),
              "X-XSS-Protection", List.of()));

  private static final Pattern PRINTABLE = Pattern.compile("[\\x20-\\x7e]*");
  private static final Pattern BCRYPT =
      Pattern.compile("\\$2[abxy]\\$(?:0[4-9]|[12][0-9]|3[01])\\$[./A-Za-z0-9]{53}");
  private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,9}");

  private final YamlSection root;
  private final Problems problems;

  private WebConfigReader(YamlSection root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  /**
   * @param files receives every file named in it
   */
  static WebConfig read(String yaml, Path folder, Consumer<Path> files, Problems problems) {
    WebConfigReader reader = new WebConfigReader(YamlSection.parse(yaml, problems), problems);
    return reader.read(folder, files);
  }

  private WebConfig read(Path folder, Consumer<Path> files) {
    WebConfig config =
        new WebConfig(
            new TlsReader(root.section("tls_server_config"), folder, files, problems).read(),
            headers(),
            users(),
            rateLimit());
    root.refuseOthers();
    return config;
  }

  private Map<String, String> headers() {
    YamlSection http = root.section("http_server_config");
    http.entry("http2")
        .flatMap(YamlEntry::bool)
        .filter(wanted -> wanted)
        .ifPresent(
            wanted ->
                problems.remark(
                    http.line(), "http_server_config.http2: this server speaks HTTP/1.1 only"));
    YamlSection section = http.section("headers");
    Map<String, String> headers = new HashMap<>();
    HEADERS.forEach(
        (name, values) ->
            section
                .entry(name)
                .filter(not(entry -> entry.text().isEmpty()))
                .filter(entry -> isHeaderValue(entry, values))
                .ifPresent(entry -> headers.put(name, entry.text())));
    section.refuseOthers();
    http.refuseOthers();
    return headers;
  }

  private static boolean isHeaderValue(YamlEntry entry, List<String> values) {
    if (!values.isEmpty() && !values.contains(entry.text())) {
      entry.refuse("must be " + String.join(" or ", values) + ", not " + entry.text());
      return false;
    }
    if (!PRINTABLE.matcher(entry.text()).matches()) {
      entry.refuse("must be one line of ASCII characters");
      return false;
    }
    return true;
  }

  private Map<String, String> users() {
    Map<String, String> users = new HashMap<>();
    for (YamlEntry entry : root.section("basic_auth_users").entries()) {
      if (entry.name().indexOf(':') >= 0) {
        entry.refuse("a user name must not contain a colon");
      } else if (!BCRYPT.matcher(entry.text()).matches()) {
        // The text is not shown, since it may be a password.
        entry.refuse("must be a bcrypt hash such as $2y$10$..., made by htpasswd -nBC 10 \"\"");
      } else {
        users.put(entry.name(), entry.text());
      }
    }
    return users;
  }

  private RateLimitSettings rateLimit() {
    YamlSection section = root.section("rate_limit");
    Optional<YamlEntry> interval = section.entry("interval");
    long nanos = interval.flatMap(WebConfigReader::nanos).orElse(0L);
    Optional<YamlEntry> burst = section.entry("burst");
    // A burst that is not a number has been reported already.
    Optional<Integer> requests =
        burst.isEmpty() ? Optional.of(0) : burst.flatMap(WebConfigReader::count);
    if (nanos > 0 && requests.equals(Optional.of(0))) {
      burst
          .or(() -> interval)
          .ifPresent(entry -> problems.add(entry.line(), "rate_limit.burst: must be 1 or more"));
    }
    section.refuseOthers();
    return nanos > 0 ? new RateLimitSettings(nanos, requests.orElse(0)) : RateLimitSettings.NONE;
  }

  private static Optional<Integer> count(YamlEntry entry) {
    return WHOLE_NUMBER.matcher(entry.text()).matches()
        ? Optional.of(Integer.parseInt(entry.text()))
        : entry.refuse("must be a whole number, not " + entry.text());
  }

  private static Optional<Long> nanos(YamlEntry entry) {
    Optional<Long> nanos = GoDuration.nanos(entry.text());
    return nanos.isPresent()
        ? nanos
        : entry.refuse("must be a duration such as 1s, 500ms or 1m30s, not " + entry.text());
  }
}
