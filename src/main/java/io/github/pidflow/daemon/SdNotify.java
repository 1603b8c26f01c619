package io.github.pidflow.daemon;

import io.github.pidflow.linux.UnixDatagram;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the daemon is, as sd_notify(3) does: one datagram of {@code NAME=value} lines
 * to the socket named by {@code NOTIFY_SOCKET}. Started by anything else, it tells nobody. What
 * cannot be told is logged and never stops the daemon.
 */
public final class SdNotify {
  private static final Logger LOG = LoggerFactory.getLogger(SdNotify.class);

  private final Optional<UnixDatagram> receiver;
  private final Optional<Duration> watchdog;

  private SdNotify(Optional<UnixDatagram> receiver, Optional<Duration> watchdog) {
    this.receiver = receiver;
    this.watchdog = watchdog;
  }

  /**
   * What the environment asks for.
   *
   * @param pid of this process; a {@code WATCHDOG_PID} that is another's was inherited
   */
  public static SdNotify of(Map<String, String> environment, long pid) {
    Optional<UnixDatagram> receiver = receiver(environment.get("NOTIFY_SOCKET"));
    String watchdogPid = environment.getOrDefault("WATCHDOG_PID", "");
    boolean isMeant = watchdogPid.isEmpty() || watchdogPid.equals(Long.toString(pid));
    Optional<Duration> watchdog =
        receiver.isPresent() && isMeant
            ? watchdog(environment.get("WATCHDOG_USEC"))
            : Optional.empty();
    return new SdNotify(receiver, watchdog);
  }

  /** Within what time systemd wants to hear of it, or nothing if it does not watch. */
  Optional<Duration> watchdog() {
    return watchdog;
  }

  void ready(String status) {
    tell("READY=1\nSTATUS=" + status);
  }

  /** To be followed by {@link #ready}; the time is the one systemd orders the two by. */
  void reloading() {
    // System.nanoTime() is CLOCK_MONOTONIC on Linux, in every JVM there is for it.
    long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    tell("RELOADING=1\nMONOTONIC_USEC=" + micros + "\nSTATUS=reading the settings again");
  }

  void stopping() {
    tell("STOPPING=1\nSTATUS=stopping");
  }

  void beat() {
    tell("WATCHDOG=1");
  }

  private void tell(String state) {
    try {
      if (receiver.isPresent()) {
        receiver.get().send(state);
      }
    } catch (IOException e) {
      LOG.warn("systemd cannot be told {}: {}", state.lines().findFirst().get(), e.getMessage());
    }
  }

  private static Optional<UnixDatagram> receiver(String name) {
    try {
      return Optional.ofNullable(name).filter(text -> !text.isEmpty()).map(UnixDatagram::to);
    } catch (IllegalArgumentException e) {
      LOG.warn("NOTIFY_SOCKET is {}", e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Duration> watchdog(String micros) {
    try {
      return Optional.ofNullable(micros)
          .map(text -> Duration.of(Long.parseLong(text), ChronoUnit.MICROS))
          .filter(duration -> !duration.isZero() && !duration.isNegative());
    } catch (NumberFormatException e) {
      LOG.warn("WATCHDOG_USEC is no number of microseconds: {}", micros);
      return Optional.empty();
    }
  }
}
