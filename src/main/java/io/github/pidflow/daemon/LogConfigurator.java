package io.github.pidflow.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Configures Logback, which finds this class as a service: one line per event, to standard error,
 * where systemd and container runtimes collect it. For the journal, which has them as fields, a
 * line has no time and its level is a priority ({@link Journal}).
 *
 * <p>There is no logback.xml because parsing one takes a fifth of the start. A file that {@code
 * -Dlogback.configurationFile} names is used instead of this class.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_NORMAL_PRIORITY)
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  private static final String MESSAGE = "%logger{0}: %replace(%msg %ex){'\\R\\s*', ' | '}%n%nopex";
  private static final String LINE = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"} %-5level " + MESSAGE;
  private static final String JOURNAL_LINE = "<%priority>" + MESSAGE;

  /** Called by Logback through its service loader. */
  public LogConfigurator() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout(context, Journal.readsStandardError()));
    encoder.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setName("stderr");
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(stderr);
    // pcap4j logs at INFO whatever it opens.
    context.getLogger("org.pcap4j").setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  static PatternLayout layout(LoggerContext context, boolean forJournal) {
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.getInstanceConverterMap().put("priority", Priority::new);
    layout.setPattern(forJournal ? JOURNAL_LINE : LINE);
    layout.start();
    return layout;
  }

  /** The priority of an event in the journal, as a digit. */
  private static final class Priority extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
      int priority =
          switch (event.getLevel().levelInt) {
            case Level.ERROR_INT -> Journal.ERROR;
            case Level.WARN_INT -> Journal.WARNING;
            case Level.INFO_INT -> Journal.INFO;
            default -> Journal.DEBUG;
          };
      return Integer.toString(priority);
    }
  }
}
