package io.github.pidflow.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.pidflow.flow.CaptureStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Dropped packets are logged without filling the log. */
@Timeout(10)
class DropWatchTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(DropWatch.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final DropWatch watch = new DropWatch();

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(log);
  }

  @Test
  void shouldLogNothingWithoutDrops() {
    look(0, 0);
    look(90, 0);

    assertEquals(List.of(), messages());
  }

  @Test
  void shouldWarnOfTheFirstDropsAndNameTheSetting() {
    look(0, 3, 4);

    assertEquals(Level.WARN, log.list.get(0).getLevel());
    String message = messages().get(0);
    assertTrue(message.contains("dropped 7 packets, 7 in all"), message);
    assertTrue(message.contains("pidflow.capture.ring.block-count"), message);
    assertTrue(message.contains("pidflow.capture.libpcap.buffer-size"), message);
  }

  @Test
  void shouldWarnOnceAMinuteOfAllDropsSinceThen() {
    look(0, 10);
    look(1, 20);
    look(59, 30);
    assertEquals(1, messages().size());

    look(60, 30);

    assertEquals(2, messages().size());
    assertTrue(messages().get(1).contains("dropped 20 packets, 30 in all"), messages()::toString);
  }

  @Test
  void shouldNotRepeatTheWarningWithoutNewDrops() {
    look(0, 10);
    look(61, 10);
    look(122, 10);

    assertEquals(1, messages().size());
  }

  @Test
  void shouldWarnImmediatelyAfterAQuietPeriod() {
    look(0, 10);
    look(200, 10);
    look(201, 11);

    assertEquals(2, messages().size());
  }

  /** Nanosecond clocks start at any value and overflow. */
  @Test
  void shouldKeepTheIntervalWhenTheClockOverflows() {
    long start = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(10);
    watch.update(statistics(10), start);
    watch.update(statistics(20), start + TimeUnit.SECONDS.toNanos(30));
    assertEquals(1, messages().size());

    watch.update(statistics(20), start + TimeUnit.SECONDS.toNanos(60));

    assertEquals(2, messages().size());
  }

  private void look(int second, long... drops) {
    watch.update(statistics(drops), TimeUnit.SECONDS.toNanos(second));
  }

  private static CaptureStatistics statistics(long... drops) {
    return Arrays.stream(drops)
        .mapToObj(each -> new CaptureStatistics("any", 1000, each))
        .reduce(CaptureStatistics.NONE, CaptureStatistics::plus);
  }

  private List<String> messages() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
