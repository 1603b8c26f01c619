package io.github.pidflow.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class JournalTest {
  @TempDir private Path folder;

  @Test
  void shouldRecognizeTheStreamByDeviceAndInode() throws IOException {
    Path stream = Files.createFile(folder.resolve("stream"));
    String identity = Files.getAttribute(stream, "unix:dev") + ":";
    Path link = Files.createSymbolicLink(folder.resolve("link"), stream);
    Map<String, String> journal =
        Map.of("JOURNAL_STREAM", identity + Files.getAttribute(stream, "unix:ino"));

    assertTrue(Journal.reads(journal, stream));
    assertTrue(Journal.reads(journal, link));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1:2", "8", "8:", "journal"})
  void shouldNotTrustAVariableOfAnotherStream(String inherited) throws IOException {
    Path stream = Files.createFile(folder.resolve("stream"));

    assertFalse(Journal.reads(Map.of("JOURNAL_STREAM", inherited), stream));
    assertFalse(Journal.reads(Map.of(), stream));
    assertFalse(Journal.reads(Map.of("JOURNAL_STREAM", inherited), folder.resolve("none")));
  }

  @Test
  void shouldStartEachLineWithOnePriority() {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    try (PrintStream out =
        new PrintStream(new PriorityPrefix(got, 3), true, StandardCharsets.UTF_8)) {
      out.println("pidflow: 2 problems:\na.conf: 1\n\na.conf: 2");
      out.println("<6>Daemon: serves");
      out.print("Exception in ");
      out.println("thread \"x\"");
      out.write('<');
      out.println("8>no priority");
    }

    assertEquals(
        """
        <3>pidflow: 2 problems:
        <3>a.conf: 1
        <3>
        <3>a.conf: 2
        <6>Daemon: serves
        <3>Exception in thread "x"
        <3><8>no priority
        """,
        got.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({"ERROR, 3", "WARN, 4", "INFO, 6", "DEBUG, 7", "TRACE, 7"})
  void shouldGiveTheLevelAsPriorityAndNoTime(String level, int priority) {
    LoggerContext context = new LoggerContext();
    Logger logger = context.getLogger("io.github.pidflow.daemon.Daemon");
    LoggingEvent event =
        new LoggingEvent("", logger, Level.toLevel(level), "one\ntwo", null, new Object[0]);

    assertEquals(
        "<" + priority + ">Daemon: one | two",
        LogConfigurator.layout(context, true).doLayout(event).strip());
    String plain = LogConfigurator.layout(context, false).doLayout(event);
    assertTrue(plain.matches("\\d{4}-\\d\\d-\\d\\dT\\S+ " + level + " +Daemon: one .*\\R"), plain);
  }
}
