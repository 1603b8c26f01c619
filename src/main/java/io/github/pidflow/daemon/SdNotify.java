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
 * Notifies systemd of the state of the daemon, as sd_notify(3) does: one datagram of {@code
 * NAME=value} lines to the socket that {@code NOTIFY_SOCKET} names. Without that variable it does
 * nothing. A failed notification is logged and never stops the daemon.
 */
final class SdNotify {
  private static final Logger LOG = LoggerFactory.getLogger(SdNotify.class);

  private final Optional<UnixDatagram> receiver;
  private final Optional<Duration> watchdog;

  private SdNotify(Optional<UnixDatagram> receiver, Optional<Duration> watchdog) {
    this.receiver = receiver;
    this.watchdog = watchdog;
  }

  /**
   * Reads the variables that systemd sets.
   *
   * @param pid the pid of this process; another {@code WATCHDOG_PID} was inherited from a parent
   */
  static SdNotify of(Map<String, String> environment, long pid) {
    Optional<UnixDatagram> receiver = receiver(environment.get("NOTIFY_SOCKET"));
    String watchdogPid = environment.getOrDefault("WATCHDOG_PID", "");
    boolean isForThisProcess = watchdogPid.isEmpty() || watchdogPid.equals(Long.toString(pid));
    Optional<Duration> watchdog =
        receiver.isPresent() && isForThisProcess
            ? watchdog(environment.get("WATCHDOG_USEC"))
            : Optional.empty();
    return new SdNotify(receiver, watchdog);
  }

  /** The interval within which systemd expects a notification; empty without a watchdog. */
  Optional<Duration> watchdog() {
    return watchdog;
  }

  void ready(String status) {
    send("READY=1\nSTATUS=" + status);
  }

  /** Announces a reload, which {@link #ready} ends. systemd orders the two by the time sent. */
  void reloading() {
    // On Linux System.nanoTime() reads CLOCK_MONOTONIC.
    long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    send("RELOADING=1\nMONOTONIC_USEC=" + micros + "\nSTATUS=reloading the settings");
  }

  void stopping() {
    send("STOPPING=1\nSTATUS=stopping");
  }

  void feedWatchdog() {
    send("WATCHDOG=1");
  }

  private void send(String state) {
    try {
      if (receiver.isPresent()) {
        receiver.get().send(state);
      }
    } catch (IOException e) {
      LOG.warn("cannot notify systemd of {}: {}", state.lines().findFirst().get(), e.getMessage());
    }
  }

  private static Optional<UnixDatagram> receiver(String name) {
    try {
      return Optional.ofNullable(name).filter(text -> !text.isEmpty()).map(UnixDatagram::to);
    } catch (IllegalArgumentException e) {
      LOG.warn("invalid NOTIFY_SOCKET: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Duration> watchdog(String micros) {
    try {
      return Optional.ofNullable(micros)
          .map(text -> Duration.of(Long.parseLong(text), ChronoUnit.MICROS))
          .filter(duration -> !duration.isZero() && !duration.isNegative());
    } catch (NumberFormatException e) {
      LOG.warn("WATCHDOG_USEC is not a number of microseconds: {}", micros);
      return Optional.empty();
    }
  }
}
