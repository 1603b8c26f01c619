package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class DistinctErrorsTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(DistinctErrors.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final DaemonCounters counters = new DaemonCounters();
  private final DistinctErrors errors = new DistinctErrors(counters);

  @BeforeEach
  void listen() {
    log.start();
    logger.setAdditive(false);
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
    logger.setAdditive(true);
  }

  @Test
  void shouldLogOneCauseAtEveryTenfoldOnly() {
    for (int i = 0; i < 1234; i++) {
      errors.record("capture", at("read", 1));
    }

    assertEquals(
        List.of(
            "capture: java.io.IOException: broken",
            "capture: java.io.IOException: broken (seen 10 times)",
            "capture: java.io.IOException: broken (seen 100 times)",
            "capture: java.io.IOException: broken (seen 1000 times)"),
        messages());
    assertNotNull(log.list.get(0).getThrowableProxy());
    assertNull(log.list.get(1).getThrowableProxy());
    assertEquals(1234, counters.value(DaemonCounter.ERRORS));
  }

  @Test
  void shouldTellCausesApartByObserverClassAndPlace() {
    errors.record("capture", at("read", 1));
    errors.record("capture", at("read", 2));
    errors.record("ownership", at("read", 1));
    IllegalStateException other = new IllegalStateException("broken");
    other.setStackTrace(at("read", 1).getStackTrace());
    errors.record("capture", other);

    assertEquals(4, log.list.size());
    errors.record("capture", at("read", 2));
    assertEquals(4, log.list.size());
  }

  /** The JVM leaves out the stack of an exception it throws very often. */
  @Test
  void shouldTakeAnErrorWithoutAStack() {
    NullPointerException error = new NullPointerException();
    error.setStackTrace(new StackTraceElement[0]);
    errors.record("capture", error);
    errors.record("capture", error);

    assertEquals(List.of("capture: java.lang.NullPointerException"), messages());
  }

  @Test
  void shouldCountButNotRememberMoreThanTwoHundredCauses() {
    for (int line = 0; line < 1000; line++) {
      errors.record("capture", at("read", line));
    }
    assertEquals(200, log.list.size());
    assertEquals(1000, counters.value(DaemonCounter.ERRORS));

    for (int i = 0; i < 9; i++) {
      errors.record("capture", at("read", 7));
    }
    assertEquals(201, log.list.size());
  }

  private List<String> messages() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static IOException at(String method, int line) {
    IOException error = new IOException("broken");
    error.setStackTrace(
        new StackTraceElement[] {new StackTraceElement("Source", method, "Source.java", line)});
    return error;
  }
}
