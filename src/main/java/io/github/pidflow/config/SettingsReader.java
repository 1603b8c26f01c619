package io.github.pidflow.config;

import static io.github.pidflow.config.UnitTypes.duration;
import static io.github.pidflow.config.UnitTypes.longSize;
import static io.github.pidflow.config.UnitTypes.powerOfTwo;
import static io.github.pidflow.config.UnitTypes.size;
import static io.github.pidflow.config.ValueTypes.cores;
import static io.github.pidflow.config.ValueTypes.integer;
import static io.github.pidflow.config.ValueTypes.listOf;
import static io.github.pidflow.config.ValueTypes.oneOf;
import static io.github.pidflow.config.ValueTypes.orNone;

import com.typesafe.config.ConfigValue;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.config.CaptureSettings.Engine;
import io.github.pidflow.config.Settings.Namespaces;
import io.github.pidflow.runtime.InvalidSettingsException;
import io.github.pidflow.runtime.Problems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;

/**
 * Reads the settings. In order of precedence they come from the command line, the environment,
 * system properties, the user's file and {@code reference.conf}. All problems are reported at once,
 * and no invalid value is silently corrected.
 *
 * <p>To add a setting, add a component to its record, a line here and an entry in {@code
 * reference.conf}.
 */
public final class SettingsReader {
  private static final int MAX_COUNT = 1_000_000;
  private static final String[] LOG_LEVELS = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};

  private SettingsReader() {}

  /**
   * Reads the settings of this process.
   *
   * @param file the user's file, if any
   * @param options settings given by command line options, by their keys
   */
  public static LoadedSettings load(Optional<Path> file, Map<String, String> options)
      throws InvalidSettingsException {
    return load(file, options, System.getenv(), System.getProperties());
  }

  static LoadedSettings load(
      Optional<Path> file,
      Map<String, String> options,
      Map<String, String> environment,
      Properties properties)
      throws InvalidSettingsException {
    KnownKeys known = KnownKeys.load();
    Problems problems = new Problems("settings");
    Map<String, ConfigValue> values = new HashMap<>(known.defaults());
    file.ifPresent(path -> values.putAll(SettingsFile.read(path, environment, known, problems)));
    values.putAll(Overrides.fromProperties(properties, known, problems));
    values.putAll(Overrides.fromEnvironment(environment, known, problems));
    values.putAll(Overrides.fromOptions(options, known, problems));
    SettingValues read = new SettingValues(known.defaults(), values, problems);
    Settings settings = settings(read.root());
    problems.throwIfAny();
    return new LoadedSettings(settings, read.readValues(), problems.remarks());
  }

  static Settings settings(Section pidflow) {
    return new Settings(
        pidflow.read("namespaces", oneOf(Namespaces.values())),
        limits(pidflow.section("limits")),
        capture(pidflow.section("capture")),
        sampling(pidflow.section("sampling")),
        ownership(pidflow.section("ownership")),
        accounting(pidflow.section("accounting")),
        web(pidflow.section("web")),
        recordings(pidflow.section("recordings")),
        log(pidflow.section("log")));
  }

  private static LimitSettings limits(Section limits) {
    return new LimitSettings(
        limits.read("cpu", orNone(cores())),
        limits.read("memory", orNone(size("64MiB", "2047MiB"))),
        limits.read("required", ValueTypes::bool));
  }

  private static CaptureSettings capture(Section capture) {
    return new CaptureSettings(
        capture.read("engine", oneOf(Engine.values())),
        capture.read("include-interfaces", listOf(ValueTypes::interfaceGlob, Function.identity())),
        capture.read("exclude-interfaces", listOf(ValueTypes::interfaceGlob, Function.identity())),
        capture.read("promiscuous", ValueTypes::bool),
        capture.read("snap-length", integer(64, 65535)),
        capture.read("filter", ValueTypes::string),
        capture.read("cpus", listOf(integer(0, 1023), Function.identity())),
        ring(capture.section("ring")),
        libpcap(capture.section("libpcap")));
  }

  private static CaptureSettings.Ring ring(Section ring) {
    CaptureSettings.Ring settings =
        new CaptureSettings.Ring(
            ring.read("block-size", powerOfTwo("64KiB", "64MiB")),
            ring.read("block-count", integer(2, 4096)),
            ring.read("retire-timeout", duration("1ms", "1s")),
            ring.read("fanout", integer(1, 64)));
    long ringBytes = (long) settings.blockSizeBytes() * settings.blockCount();
    ring.rule(
        ringBytes <= Integer.MAX_VALUE,
        "block-size times block-count must be less than 2GiB",
        "block-size",
        "block-count");
    return settings;
  }

  private static CaptureSettings.Libpcap libpcap(Section libpcap) {
    return new CaptureSettings.Libpcap(
        libpcap.read("buffer-size", size("64KiB", "1GiB")),
        libpcap.read("read-timeout", duration("1ms", "1s")));
  }

  private static SamplingSettings sampling(Section sampling) {
    return new SamplingSettings(
        sampling.read("ratio", ValueTypes::samplingRatio), sampling.read("max-cpu", cores()));
  }

  private static OwnershipSettings ownership(Section ownership) {
    Duration busy = ownership.read("scan-interval-busy", duration("100ms", "1h"));
    Duration quiet = ownership.read("scan-interval-quiet", duration("100ms", "1h"));
    ownership.rule(
        quiet.compareTo(busy) >= 0,
        "scan-interval-quiet must be no shorter than scan-interval-busy",
        "scan-interval-quiet",
        "scan-interval-busy");
    return new OwnershipSettings(
        ownership.read("source", oneOf(OwnershipSettings.Source.values())),
        ownership.read("proc-root", ValueTypes::absolutePath),
        ownership.read("note-creations", ValueTypes::bool),
        ownership.read("task-events", ValueTypes::bool),
        busy,
        quiet,
        ownership.read("lookups-per-second", integer(0, MAX_COUNT)),
        ownership.read("miss-queue-capacity", integer(1, MAX_COUNT)));
  }

  private static AccountingSettings accounting(Section accounting) {
    Section parked = accounting.section("parked");
    Section group = accounting.section("group");
    return new AccountingSettings(
        parked.read("max-count", integer(1, MAX_COUNT)),
        parked.read("max-age", duration("100ms", "10m")),
        accounting.read("retention", duration("0s", "365d")),
        accounting.read("max-processes", integer(1, MAX_COUNT)),
        accounting.read("max-groups", integer(1, MAX_COUNT)),
        group.read("rules", listOf(GroupRuleType::read, GroupRuleType::identity)),
        group.read("default", oneOf(Attribute.values())));
  }

  private static WebSettings web(Section web) {
    WebSettings address = web.read("listen-address", ListenAddress::read);
    return new WebSettings(
        address.host(),
        address.port(),
        web.read("enable-reload", ValueTypes::bool),
        web.read("config-file", ValueTypes::optionalPath));
  }

  private static RecordingSettings recordings(Section recordings) {
    return new RecordingSettings(
        recordings.read("enabled", ValueTypes::bool),
        recordings.read("directory", ValueTypes::absolutePath),
        recordings.read("max-running", integer(1, 16)),
        recordings.read("max-duration", duration("1s", "24h")),
        recordings.read("max-size", longSize("1MiB", "1TiB")),
        recordings.read("keep-free", longSize("0B", "1PiB")));
  }

  private static LogSettings log(Section log) {
    return new LogSettings(log.read("level", oneOf(LOG_LEVELS)));
  }
}
