package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.config.AccountingSettings.GroupRule;
import io.github.pidflow.config.CaptureSettings.Engine;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class SettingsReaderTest {
  @TempDir private Path directory;

  @Test
  void shouldReadTheDocumentedDefaults() throws Exception {
    Settings settings = TestSettings.read(Optional.empty(), Map.of(), new Properties());

    assertEquals(
        new CaptureSettings(
            Engine.AUTO,
            List.of(),
            List.of(),
            false,
            128,
            "",
            List.of(),
            new CaptureSettings.Ring(1 << 18, 64, Duration.ofMillis(20), 1),
            new CaptureSettings.Libpcap(8 << 20, Duration.ofMillis(10))),
        settings.capture());
    assertEquals(new SamplingSettings(OptionalInt.empty(), 0.9), settings.sampling());
    assertEquals(new LimitSettings(Optional.empty(), Optional.empty(), false), settings.limits());
    assertEquals(
        new OwnershipSettings(
            OwnershipSettings.Source.AUTO,
            Path.of("/proc"),
            true,
            true,
            Duration.ofSeconds(1),
            Duration.ofSeconds(15),
            1000,
            4096),
        settings.ownership());
    assertEquals(
        new AccountingSettings(
            16384,
            Duration.ofSeconds(10),
            Duration.ofMinutes(5),
            2000,
            1000,
            List.of(),
            Attribute.COMM),
        settings.accounting());
    assertEquals(new WebSettings("0.0.0.0", 10067), settings.web());
    assertEquals(new LogSettings("INFO"), settings.log());
  }

  @Test
  void shouldReadEverySettingFromAFile() throws Exception {
    Settings settings =
        read(
            """
            pidflow {
              capture {
                engine = ring, promiscuous = yes, snap-length = 65535, filter = "port 53"
                cpus = [2, 3]
                include-interfaces = [eth0, "wl*"], exclude-interfaces = ["veth*"]
                ring { block-size = 64KiB, block-count = 2, retire-timeout = 1s, fanout = 4 }
                libpcap { buffer-size = 65536, read-timeout = 1ms }
              }
              limits { cpu = none, memory = 1GiB, required = yes }
              sampling { ratio = 1/100, max-cpu = 0.25 }
              ownership {
                source = sock_diag, proc-root = /host/proc, note-creations = off
                task-events = off
                scan-interval-busy = 1.5s, scan-interval-quiet = 1500ms
                lookups-per-second = 0, miss-queue-capacity = 1
              }
              accounting {
                parked { max-count = 1, max-age = 100ms }
                retention = 0s, max-processes = 7, max-groups = 8
                group { default = exe, rules = [ { unit = "(.+)\\\\.service", group = "$1" } ] }
              }
              web { listen-address = "[::1]:0", config-file = web.yml, enable-reload = true }
              log.level = trace
            }
            """);

    assertEquals(
        new CaptureSettings(
            Engine.RING,
            List.of("eth0", "wl*"),
            List.of("veth*"),
            true,
            65535,
            "port 53",
            List.of(2, 3),
            new CaptureSettings.Ring(65536, 2, Duration.ofSeconds(1), 4),
            new CaptureSettings.Libpcap(65536, Duration.ofMillis(1))),
        settings.capture());
    assertEquals(new SamplingSettings(OptionalInt.of(100), 0.25), settings.sampling());
    assertEquals(
        new LimitSettings(Optional.empty(), Optional.of(1 << 30), true), settings.limits());
    assertEquals(
        new OwnershipSettings(
            OwnershipSettings.Source.SOCK_DIAG,
            Path.of("/host/proc"),
            false,
            false,
            Duration.ofMillis(1500),
            Duration.ofMillis(1500),
            0,
            1),
        settings.ownership());
    AccountingSettings accounting = settings.accounting();
    assertEquals(1, accounting.parkedMaxCount());
    assertEquals(Duration.ofMillis(100), accounting.parkedMaxAge());
    assertEquals(Duration.ZERO, accounting.retention());
    assertEquals(7, accounting.maxProcesses());
    assertEquals(8, accounting.maxGroups());
    assertEquals(Attribute.EXE, accounting.groupDefault());
    GroupRule rule = accounting.groupRules().get(0);
    assertEquals(Attribute.UNIT, rule.attribute());
    assertEquals(Optional.of("cron"), rule.pattern().group("cron.service"));
    assertEquals(new WebSettings("::1", 0, true, Optional.of(Path.of("web.yml"))), settings.web());
    assertEquals(new LogSettings("TRACE"), settings.log());
  }

  @Test
  void shouldPreferEnvironmentToPropertyToFile() throws Exception {
    Path file =
        write(
            "pidflow { capture.snap-length = 100, log.level = warn, web.listen-address = \":1\" }");
    Properties properties = new Properties();
    properties.setProperty("pidflow.capture.snap-length", "200");
    properties.setProperty("pidflow.log.level", "error");
    properties.setProperty("java.io.tmpdir", "/tmp");

    Settings settings =
        TestSettings.read(
            Optional.of(file),
            Map.of("PIDFLOW_CAPTURE_SNAP_LENGTH", "300", "PATH", "/bin"),
            properties);

    assertEquals(300, settings.capture().snapLength());
    assertEquals("ERROR", settings.log().level());
    assertEquals(1, settings.web().port());
  }

  @Test
  void shouldListProblemsOfAllSourcesAtOnce() throws Exception {
    Path file =
        write(
            """
            pidflow.capture {
              snap-lenght = 100
              ring.block-size = "3000"
              ring.block-count = null
            }
            logging = debug
            pidflow.accounting.retention = 300
            """);
    Properties properties = new Properties();
    properties.setProperty("pidflow.log.level", "loud");

    InvalidSettingsException e =
        assertThrows(
            InvalidSettingsException.class,
            () ->
                TestSettings.read(
                    Optional.of(file), Map.of("PIDFLOW_LOG_LEVLE", "info"), properties));

    assertEquals(
        List.of(
            file
                + ": 2: pidflow.capture.snap-lenght: is not a setting;"
                + " did you mean pidflow.capture.snap-length?",
            file
                + ": 3: pidflow.capture.ring.block-size: must be a power of two from 64KiB to"
                + " 64MiB, not \"3000\"",
            file
                + ": 4: pidflow.capture.ring.block-count: must be a whole number from 2 to 4096,"
                + " not null",
            file + ": 6: logging: is not a setting: all settings are below pidflow",
            file
                + ": 7: pidflow.accounting.retention: must be a duration from 0s to 365d, not 300:"
                + " add a unit, such as 500ms, 10s or 5m",
            "environment variable PIDFLOW_LOG_LEVLE: is not a setting;"
                + " did you mean PIDFLOW_LOG_LEVEL?",
            "system property pidflow.log.level: pidflow.log.level: must be one of error, warn,"
                + " info, debug, trace, not \"loud\""),
        e.problems());
    assertEquals("7 problems in the settings:\n" + String.join("\n", e.problems()), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          capture.engine = Rings             | must be one of auto, ring, libpcap, not "Rings"
          capture.engine = 1                 | must be one of auto, ring, libpcap, not 1
          capture.engine { a = b }           | must be one of auto, ring, libpcap, not {"a":"b"}
          ownership.source = netlink         | must be one of auto, sock_diag, proc, not "netlink"
          capture.promiscuous = 1            | must be true or false, not 1
          capture.snap-length = 63           | must be a whole number from 64 to 65535, not 63
          capture.snap-length = 65536        | must be a whole number from 64 to 65535, not 65536
          capture.snap-length = 128.5        | must be a whole number from 64 to 65535, not 128.5
          capture.snap-length = "0x80"       | must be a whole number from 64 to 65535, not "0x80"
          capture.snap-length = 99999999999999999999 | whole number from 64 to 65535, not "99999999999999999999"
          capture.snap-length = [128]        | must be a whole number from 64 to 65535, not [128]
          capture.snap-length = null         | must be a whole number from 64 to 65535, not null
          capture.filter = 53                | must be a string in quotes, not 53
          capture.include-interfaces = eth0  | must be a list [ ... ], not "eth0"
          capture.include-interfaces { 0 = eth0 } | must be a list [ ... ], not {"0":"eth0"}
          capture.include-interfaces = [5]   | include-interfaces[0]: must be the name of an interface or a glob of names, not 5
          capture.exclude-interfaces = [a, ""] | exclude-interfaces[1]: must be the name of an interface
          capture.exclude-interfaces = [a, b, a] | exclude-interfaces[2]: repeats element [0], "a"
          capture.ring.block-size = 1MB      | must be a power of two from 64KiB to 64MiB, not "1MB"
          capture.ring.block-size = 128MiB   | must be a power of two from 64KiB to 64MiB, not "128MiB"
          capture.ring.block-size = -64KiB   | must be a power of two from 64KiB to 64MiB, not "-64KiB"
          capture.ring.block-size = 1 parsec | must be a power of two from 64KiB to 64MiB, not "1 parsec"
          capture.libpcap.buffer-size = 2GiB | must be a size from 64KiB to 1GiB, not "2GiB"
          capture.ring.retire-timeout = 10   | must be a duration from 1ms to 1s, not 10: add a unit
          capture.ring.retire-timeout = " 10 " | must be a duration from 1ms to 1s, not " 10 ": add a unit
          capture.ring.retire-timeout = 2s   | must be a duration from 1ms to 1s, not "2s"
          capture.ring.retire-timeout = -2ms | must be a duration from 1ms to 1s, not "-2ms"
          capture.ring.retire-timeout = soon | must be a duration from 1ms to 1s, not "soon"
          accounting.retention = 99999999999d | must be a duration from 0s to 365d, not "99999999999d"
          capture.ring = 5                   | capture.ring: is a section { ... } of settings
          capture.ring = null                | capture.ring: is a section { ... } of settings
          limits.memory = 8MiB               | must be a size from 64MiB to 2047MiB, not "8MiB"
          sampling.ratio = 0.1               | must be auto, 1 or 1/N with N up to 1024, not 0.1
          sampling.ratio = 1/1025            | must be auto, 1 or 1/N with N up to 1024, not "1/1025"
          sampling.ratio = 1/0               | must be auto, 1 or 1/N with N up to 1024, not "1/0"
          sampling.max-cpu = 0               | must be a number of cores from 0.01 to 1024, not 0
          sampling.max-cpu = half            | must be a number of cores from 0.01 to 1024, not "half"
          ownership.proc-root = proc         | must be an absolute path, not "proc"
          ownership.proc-root = "/\\u0000"   | must be an absolute path, not
          accounting.group.rules = [comm]    | rules[0]: must be a rule such as
          web { a.b = 1 }                    | pidflow.web.a: is not a setting
          web { "a.b" = 1 }                  | pidflow.web."a.b": is not a setting
          """)
  void shouldRefuse(String line, String expected) throws Exception {
    Path file = write("\npidflow." + line.strip());

    List<String> problems = problems(file);

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(file + ": 2: pidflow."), problems::toString);
    assertTrue(problems.get(0).contains(expected.strip()), problems::toString);
  }

  @Test
  void shouldHoldTheRingBelowTwoGibibytes() throws Exception {
    Path file = write("pidflow.capture.ring {\n block-size = 64MiB\n block-count = 32 }");

    assertEquals(
        List.of(
            file
                + ": 2: pidflow.capture.ring.block-size: block-size times block-count must be less"
                + " than 2GiB (block-size = \"64MiB\", block-count = 32)"),
        problems(file));
    assertEquals(
        31,
        read("pidflow.capture.ring { block-size = 64MiB, block-count = 31 }")
            .capture()
            .ring()
            .blockCount());
  }

  @Test
  void shouldPlaceABrokenRuleWhereTheUserBrokeIt() throws Exception {
    Path file = write("pidflow.ownership.scan-interval-busy = 20s");

    assertEquals(
        List.of(
            file
                + ": 1: pidflow.ownership.scan-interval-busy: scan-interval-quiet must be no"
                + " shorter than scan-interval-busy (scan-interval-quiet = \"15s\","
                + " scan-interval-busy = \"20s\")"),
        problems(file));
  }

  @Test
  void shouldNotJudgeARuleByAValueItRefused() throws Exception {
    Path file =
        write("pidflow.ownership { scan-interval-busy = 20s, scan-interval-quiet = later }");

    List<String> problems = problems(file);

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).endsWith("not \"later\""), problems::toString);
  }

  private Settings read(String text) throws Exception {
    return TestSettings.read(Optional.of(write(text)), Map.of(), new Properties());
  }

  private static List<String> problems(Path file) {
    return assertThrows(
            InvalidSettingsException.class,
            () ->
                SettingsReader.load(Optional.of(file), Map.of(), Map.of(), new Properties())
                    .settings())
        .problems();
  }

  private Path write(String text) throws IOException {
    Path file = directory.resolve("pidflow.conf");
    return Files.writeString(file, text, StandardCharsets.UTF_8);
  }
}
