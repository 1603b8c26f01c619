package io.github.pidflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.runtime.InvalidSettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class OverridesTest {
  private static final String INCLUDE = "PIDFLOW_CAPTURE_INCLUDE_INTERFACES";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'eth0'               | eth0
          ' eth0 , wl* '       | eth0;wl*
          ''                   | ''
          '[eth0, "wl*"]'      | eth0;wl*
          ' [ "[ab]0" ]'       | [ab]0
          """)
  void shouldReadAListFromOneString(String text, String expected) throws Exception {
    Settings settings =
        TestSettings.read(Optional.empty(), Map.of(INCLUDE, text), new Properties());

    assertEquals(expected, String.join(";", settings.capture().include()));
  }

  @Test
  void shouldPreferAnOptionOfTheCommandLine() throws Exception {
    Settings settings =
        SettingsReader.load(Optional.empty(), Map.of("pidflow.web.config-file", "web.yml"))
            .settings();

    assertEquals(Optional.of(Path.of("web.yml")), settings.web().configFile());
  }

  @Test
  void shouldReadAListFromASystemProperty() throws Exception {
    Settings settings =
        TestSettings.read(
            Optional.empty(), Map.of(), properties("pidflow.capture.exclude-interfaces", "a,b"));

    assertEquals(List.of("a", "b"), settings.capture().exclude());
  }

  @Test
  void shouldReadRulesInHocon() throws Exception {
    Settings settings =
        TestSettings.read(
            Optional.empty(),
            Map.of("PIDFLOW_ACCOUNTING_GROUP_RULES", "[{ comm = \"a+\", group = as }]"),
            new Properties());

    assertEquals(Optional.of("as"), settings.accounting().groupRules().get(0).pattern().group("a"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          a,,b        | pidflow.capture.include-interfaces[1]: must be the name of an interface or a glob of names, not ""
          a,a         | pidflow.capture.include-interfaces[1]: repeats element [0], "a"
          [a, 1]      | pidflow.capture.include-interfaces[1]: must be the name of an interface or a glob of names, not 1
          [a          | pidflow.capture.include-interfaces: must be a list in HOCON, such as ["veth*", eth0], not [a
          [ab]0       | pidflow.capture.include-interfaces: must be a list in HOCON, such as ["veth*", eth0], not [ab]0
          [a], b = 1  | pidflow.capture.include-interfaces: must be a list in HOCON, such as ["veth*", eth0], not [a], b = 1
          [${A}]      | pidflow.capture.include-interfaces: must be a list in HOCON, such as ["veth*", eth0], not [${A}]
          """)
  void shouldRefuseABadListAtItsVariable(String text, String expected) {
    assertEquals(
        List.of("environment variable " + INCLUDE + ": " + expected),
        problems(Map.of(INCLUDE, text), new Properties()));
  }

  @Test
  void shouldRefuseAnEmptyVariableThatIsNoText() throws Exception {
    assertEquals(
        List.of(
            "environment variable PIDFLOW_CAPTURE_SNAP_LENGTH: pidflow.capture.snap-length: must"
                + " be a whole number from 64 to 65535, not \"\""),
        problems(Map.of("PIDFLOW_CAPTURE_SNAP_LENGTH", ""), new Properties()));
    assertEquals(
        "",
        TestSettings.read(Optional.empty(), Map.of("PIDFLOW_CAPTURE_FILTER", ""), new Properties())
            .capture()
            .filter());
  }

  @Test
  void shouldLeaveTheCommandLinesVariablesAlone() throws Exception {
    Map<String, String> environment =
        Map.of("PIDFLOW_CONFIG", "/x", "PIDFLOW_JAVA_OPTS", "-Xmx1g", "PIDFLOWER", "yes");

    assertEquals(
        TestSettings.read(Optional.empty(), Map.of(), new Properties()),
        TestSettings.read(Optional.empty(), environment, properties("pidflower.x", "1")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pidflow.web.listen-adress | is not a setting; did you mean pidflow.web.listen-address?
          pidflow.web.port          | is not a setting
          pidflow.weeb              | is not a setting; did you mean pidflow.web?
          pidflow.capture.ring      | is a section { ... } of settings
          pidflow                   | is a section { ... } of settings
          """)
  void shouldRefuseAnUnknownProperty(String name, String expected) {
    assertEquals(
        List.of("system property " + name + ": " + expected),
        problems(Map.of(), properties(name, "1")));
  }

  @Test
  void shouldRefuseAnUnknownVariable() {
    assertEquals(
        List.of("environment variable PIDFLOW_PORT: is not a setting"),
        problems(Map.of("PIDFLOW_PORT", "80"), new Properties()));
  }

  /** What a pod of the same namespace gets for the Services pidflow and pidflow-metrics. */
  @Test
  void shouldIgnoreTheVariablesOfAKubernetesService() throws Exception {
    Map<String, String> environment = new HashMap<>();
    for (String service : List.of("PIDFLOW", "PIDFLOW_METRICS")) {
      environment.put(service + "_SERVICE_HOST", "10.96.0.7");
      environment.put(service + "_SERVICE_PORT", "9797");
      environment.put(service + "_SERVICE_PORT_METRICS", "9797");
      environment.put(service + "_PORT", "tcp://10.96.0.7:9797");
      environment.put(service + "_PORT_9797_TCP", "tcp://10.96.0.7:9797");
      environment.put(service + "_PORT_9797_TCP_PROTO", "tcp");
      environment.put(service + "_PORT_9797_TCP_PORT", "9797");
      environment.put(service + "_PORT_9797_TCP_ADDR", "10.96.0.7");
    }
    LoadedSettings loaded =
        SettingsReader.load(Optional.empty(), Map.of(), environment, new Properties());

    assertEquals(1, loaded.remarks().size());
    String remark = loaded.remarks().get(0);
    assertTrue(
        remark.startsWith(
            "environment: ignored PIDFLOW_METRICS_PORT, PIDFLOW_METRICS_PORT_9797_TCP,"),
        remark);
    environment.keySet().forEach(name -> assertTrue(remark.contains(name), remark));
    assertTrue(remark.contains("enableServiceLinks: false"), remark);
    assertEquals(
        TestSettings.read(Optional.empty(), Map.of(), new Properties()), loaded.settings());
  }

  @Test
  void shouldRefuseAMistakeBesideTheVariablesOfAService() {
    assertEquals(
        List.of("environment variable PIDFLOW_WEB_PORT: is not a setting"),
        problems(
            Map.of("PIDFLOW_SERVICE_HOST", "10.96.0.7", "PIDFLOW_WEB_PORT", "80"),
            new Properties()));
  }

  @ParameterizedTest
  @CsvSource({
    "true, true", "True, true", "YES, true", "yes, true", "On, true",
    "false, false", "False, false", "NO, false", "no, false", "off, false"
  })
  void shouldReadABooleanAsInAFile(String written, boolean expected) throws Exception {
    Path file =
        Files.writeString(folder.resolve("a.conf"), "pidflow.web.enable-reload = " + written);

    Map<String, String> environment = Map.of("PIDFLOW_WEB_ENABLE_RELOAD", written);
    assertEquals(
        expected,
        TestSettings.read(Optional.of(file), Map.of(), new Properties()).web().enableReload());
    assertEquals(
        expected,
        TestSettings.read(Optional.empty(), environment, new Properties()).web().enableReload());
  }

  @ParameterizedTest
  @CsvSource({"info, INFO", "INFO, INFO", "Warn, WARN"})
  void shouldReadALevelAsInAFile(String written, String expected) throws Exception {
    Path file = Files.writeString(folder.resolve("a.conf"), "pidflow.log.level = " + written);

    Map<String, String> environment = Map.of("PIDFLOW_LOG_LEVEL", written);
    assertEquals(
        expected, TestSettings.read(Optional.of(file), Map.of(), new Properties()).log().level());
    assertEquals(
        expected, TestSettings.read(Optional.empty(), environment, new Properties()).log().level());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "0", "", "tru", "y", "enabled"})
  void shouldRefuseAnyOtherWordForABoolean(String written) {
    assertEquals(
        List.of(
            "environment variable PIDFLOW_WEB_ENABLE_RELOAD: pidflow.web.enable-reload: must be"
                + " true or false, not \""
                + written
                + '"'),
        problems(Map.of("PIDFLOW_WEB_ENABLE_RELOAD", written), new Properties()));
  }

  private static Properties properties(String name, String value) {
    Properties properties = new Properties();
    properties.setProperty(name, value);
    return properties;
  }

  private static List<String> problems(Map<String, String> environment, Properties properties) {
    return assertThrows(
            InvalidSettingsException.class,
            () ->
                SettingsReader.load(Optional.empty(), Map.of(), environment, properties).settings())
        .problems();
  }
}
