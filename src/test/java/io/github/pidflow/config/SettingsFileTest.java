package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class SettingsFileTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("pidflow.conf");
  }

  @Test
  void shouldSayThatAFileIsMissing() {
    assertEquals(
        List.of(file + ": does not exist: create it, or start without a settings file"),
        problems(Map.of()));
  }

  @Test
  void shouldSayThatAFileIsADirectory() throws Exception {
    Files.createDirectory(file);

    assertEquals(List.of(file + ": is a directory: name a file in it"), problems(Map.of()));
  }

  @Test
  void shouldSayThatAFileIsNotText() throws Exception {
    Files.write(file, new byte[] {'a', '=', (byte) 0xff, (byte) 0xfe});

    List<String> problems = problems(Map.of());

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(file + ": cannot be read: "), problems::toString);
    assertTrue(problems.get(0).contains("not UTF-8"), problems::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pidflow {\n web.listen-address = 0.0.0.0:1\n}",
        "\npidflow { log.level = \"info }",
        "\npidflow { log.level = info ]",
        "pidflow {\n web.listen-address =\n",
        "# one\n= 5",
        "\n\"a\"",
      })
  void shouldNameTheLineThatIsNotHocon(String text) throws Exception {
    write(text);

    List<String> problems = problems(Map.of());

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).matches("(?s)\\Q" + file + "\\E: [23]: .*"), problems::toString);
    assertTrue(problems.get(0).contains("in \"quotes\""), problems::toString);
  }

  @Test
  void shouldRefuseAListForAFile() throws Exception {
    write("\n[1, 2]");

    List<String> problems = problems(Map.of());

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(file + ": "), problems::toString);
  }

  @Test
  void shouldTellABrokenFileAndABrokenOverrideTogether() throws Exception {
    write("pidflow {");

    List<String> problems = problems(Map.of("PIDFLOW_LOG_LEVEL", "loud"));

    assertEquals(2, problems.size(), problems::toString);
    assertTrue(problems.get(1).startsWith("environment variable PIDFLOW_LOG_LEVEL: "));
  }

  @Test
  void shouldReadAnEmptyFileAsDefaults() throws Exception {
    write("");

    assertEquals(TestSettings.read(Optional.empty(), Map.of(), new Properties()), read(Map.of()));
  }

  @Test
  void shouldSubstituteFromEnvironmentDefaultsAndItself() throws Exception {
    write(
        """
        pidflow.web.listen-address = ${HOST}":8080"
        pidflow.log.level = ${?ABSENT}
        pidflow.capture.ring.block-size = 4MiB
        pidflow.capture.libpcap.buffer-size = ${pidflow.capture.ring.block-size}
        pidflow.ownership.scan-interval-quiet = ${pidflow.ownership.scan-interval-busy}
        pidflow.capture.include-interfaces = ${pidflow.capture.include-interfaces} [eth0]
        """);

    Settings settings = read(Map.of("HOST", "metrics.example"));

    assertEquals(new WebSettings("metrics.example", 8080), settings.web());
    assertEquals("INFO", settings.log().level());
    assertEquals(4 << 20, settings.capture().libpcap().bufferSizeBytes());
    assertEquals(settings.ownership().scanIntervalBusy(), settings.ownership().scanIntervalQuiet());
    assertEquals(List.of("eth0"), settings.capture().include());
  }

  @Test
  void shouldNameTheLineOfASubstitutionWithoutValue() throws Exception {
    write("\n\npidflow.log.level = ${LEVEL}");

    List<String> problems = problems(Map.of());

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(file + ": 3: "), problems::toString);
    assertTrue(problems.get(0).contains("${LEVEL}"), problems::toString);
    assertTrue(problems.get(0).contains("set it in the environment"), problems::toString);
  }

  @Test
  void shouldNameTheFileOfABadSubstitution() throws Exception {
    write("pidflow { log.level = ${LEVEL}, accounting.group.default = ${pidflow.log.level} }");

    assertEquals(
        List.of(
            file
                + ": pidflow.accounting.group.default: must be one of comm, exe, user, unit,"
                + " container, not \"loud\"",
            file
                + ": pidflow.log.level: must be one of error, warn, info, debug, trace, not"
                + " \"loud\""),
        problems(Map.of("LEVEL", "loud")).stream().sorted().toList());
  }

  @Test
  void shouldSurviveBracketsWithoutEnd() throws Exception {
    write("a = " + "[".repeat(200_000));

    assertEquals(
        List.of(file + ": is nested too deeply: check that brackets are balanced"),
        problems(Map.of()));
  }

  @Test
  void shouldLetALaterLineOfTheFileWin() throws Exception {
    write("pidflow.log = 5\npidflow.log { level = warn }\npidflow.log.level = error");

    assertEquals("ERROR", read(Map.of()).log().level());
  }

  @Test
  void shouldNameTheIncludedFileOfAProblem() throws Exception {
    Path included = directory.resolve("log.conf");
    Files.writeString(included, "\npidflow.log.level = loud", StandardCharsets.UTF_8);
    write("include required(\"log.conf\")");

    List<String> problems = problems(Map.of());

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(included + ": 2: "), problems::toString);
  }

  @Test
  void shouldRefuseARequiredIncludeThatIsMissing() throws Exception {
    write("\ninclude required(\"log.conf\")");

    List<String> problems = problems(Map.of());

    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(file + ": cannot be read: "), problems::toString);
    assertTrue(problems.get(0).contains("log.conf"), problems::toString);
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  private Settings read(Map<String, String> environment) throws InvalidSettingsException {
    return SettingsReader.load(Optional.of(file), Map.of(), environment, new Properties())
        .settings();
  }

  private List<String> problems(Map<String, String> environment) {
    return assertThrows(InvalidSettingsException.class, () -> read(environment)).problems();
  }
}
