package io.github.pidflow.exposition;

import io.github.pidflow.exposition.TrafficHistory.Course;
import io.github.pidflow.exposition.TrafficHistory.Rates;
import io.github.pidflow.flow.ProcessInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** {@code /api/v1/processes}: the traffic of each process, highest rate first. */
final class ProcessesResource {
  static final Set<String> LIST_PARAMETERS =
      Set.of("window", "sort", "limit", "comm", "match", "steps");
  static final Set<String> ONE_PARAMETERS = Set.of("window", "steps");
  static final int MAX_LIMIT = 1000;
  static final int MAX_STEPS = 300;

  /** The most steps of all processes of a response. */
  static final int MAX_ALL_STEPS = 20_000;

  private static final int DEFAULT_LIMIT = 20;
  private static final List<String> WINDOWS = List.of("15s", "1m", "5m");
  private static final List<String> SORTS = List.of("total", "rx", "tx");

  private final HistorySampler sampler;

  ProcessesResource(HistorySampler sampler) {
    this.sampler = sampler;
  }

  /**
   * The response. Its component names are those of the JSON fields.
   *
   * @param windowSeconds the requested window
   * @param measuredSeconds the time between the two samples that the rates are computed from
   * @param matchingProcesses the number of matching processes before the limit is applied
   * @param rxBytesPerSecond the sum over all matching processes
   * @param stepSeconds the length of a step of the courses, absent if none were requested
   */
  record Processes(
      long windowSeconds,
      double measuredSeconds,
      int matchingProcesses,
      double rxBytesPerSecond,
      double txBytesPerSecond,
      Double stepSeconds,
      List<Entry> processes) {}

  /** A process. Names that could not be read are empty. */
  record Entry(
      int pid,
      String comm,
      String exe,
      String user,
      String unit,
      String containerId,
      String podUid,
      double startTimeSeconds,
      long rxBytes,
      long txBytes,
      long rxPackets,
      long txPackets,
      double rxBytesPerSecond,
      double txBytesPerSecond,
      double rxPacketsPerSecond,
      double txPacketsPerSecond,
      Course course) {}

  Processes list(ApiQuery query) throws ApiRefusal {
    return answer(query, matching(query.text("match"), query));
  }

  Processes ofPid(String pid, ApiQuery query) throws ApiRefusal {
    int number;
    try {
      number = Integer.parseUnsignedInt(pid);
    } catch (NumberFormatException e) {
      throw ApiRefusal.badData("a pid must be a number, not " + pid);
    }
    Processes found = answer(query, process -> process.pid() == number);
    if (found.processes().isEmpty()) {
      throw ApiRefusal.notFound("no process with pid " + pid + " is known to own a socket");
    }
    return found;
  }

  private Processes answer(ApiQuery query, Predicate<ProcessInfo> wanted) throws ApiRefusal {
    String windowText = query.choice("window", WINDOWS);
    Duration window = Duration.parse("PT" + windowText.toUpperCase(Locale.ROOT));
    Comparator<ProcessRate> order = order(query.choice("sort", SORTS));
    int limit = query.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT);
    int steps = query.number("steps", 0, MAX_STEPS, 0);
    if (limit * steps > MAX_ALL_STEPS) {
      throw ApiRefusal.badData("limit times steps must not exceed " + MAX_ALL_STEPS);
    }

    TrafficHistory history = sampler.watch();
    Rates rates = history.rates(window);
    List<ProcessRate> matching =
        rates.processes().stream().filter(each -> wanted.test(each.process())).toList();
    List<ProcessRate> shown = matching.stream().sorted(order).limit(limit).toList();
    List<Course> courses = steps == 0 ? List.of() : history.courses(shown, steps);
    List<Entry> processes = new ArrayList<>(shown.size());
    for (int i = 0; i < shown.size(); i++) {
      processes.add(entry(shown.get(i), steps == 0 ? null : courses.get(i)));
    }
    return new Processes(
        window.toSeconds(),
        rounded(rates.seconds()),
        matching.size(),
        sum(matching, ProcessRate::rxBytesPerSecond),
        sum(matching, ProcessRate::txBytesPerSecond),
        steps == 0 ? null : TrafficHistory.REACH.toMillis() / 1000.0 / steps,
        processes);
  }

  /** Highest rate first; equal rates, such as 0, by total bytes. */
  private static Comparator<ProcessRate> order(String sort) {
    Comparator<ProcessRate> ascending =
        switch (sort) {
          case "rx" -> by(ProcessRate::rxBytesPerSecond, each -> each.total().rxBytes());
          case "tx" -> by(ProcessRate::txBytesPerSecond, each -> each.total().txBytes());
          default ->
              by(
                  ProcessRate::bytesPerSecond,
                  each -> each.total().rxBytes() + (double) each.total().txBytes());
        };
    return ascending.reversed().thenComparing(each -> each.process().pid());
  }

  private static Comparator<ProcessRate> by(
      ToDoubleFunction<ProcessRate> rate, ToDoubleFunction<ProcessRate> total) {
    return Comparator.comparingDouble(rate).thenComparingDouble(total);
  }

  private static Predicate<ProcessInfo> matching(String text, ApiQuery query) {
    String wanted = text.toLowerCase(Locale.ROOT);
    Predicate<ProcessInfo> matches =
        process ->
            names(process).stream()
                .anyMatch(name -> name.toLowerCase(Locale.ROOT).contains(wanted));
    if (!query.has("comm")) {
      return matches;
    }
    String comm = query.text("comm");
    return matches.and(process -> LabelValue.of(process.comm()).equals(comm));
  }

  private static List<String> names(ProcessInfo process) {
    return List.of(
        Integer.toString(process.pid()),
        LabelValue.of(process.comm()),
        process.exe(),
        process.user(),
        process.unit(),
        process.containerId(),
        process.podUid());
  }

  private static Entry entry(ProcessRate rate, Course course) {
    ProcessInfo process = rate.process();
    return new Entry(
        process.pid(),
        LabelValue.of(process.comm()),
        LabelValue.of(process.exe()),
        LabelValue.of(process.user()),
        LabelValue.of(process.unit()),
        LabelValue.of(process.containerId()),
        LabelValue.of(process.podUid()),
        process.startTimeSeconds(),
        rate.total().rxBytes(),
        rate.total().txBytes(),
        rate.total().rxPackets(),
        rate.total().txPackets(),
        rounded(rate.rxBytesPerSecond()),
        rounded(rate.txBytesPerSecond()),
        rounded(rate.rxPacketsPerSecond()),
        rounded(rate.txPacketsPerSecond()),
        course);
  }

  private static double sum(List<ProcessRate> rates, ToDoubleFunction<ProcessRate> rate) {
    return rounded(rates.stream().mapToDouble(rate).sum());
  }

  /** Rounds to three decimal places. */
  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
