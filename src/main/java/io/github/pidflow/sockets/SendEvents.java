package io.github.pidflow.sockets;

import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Poller;
import io.github.pidflow.linux.Tracepoint;
import io.github.pidflow.linux.TracepointEvents;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel reports of packet, raw and ping sockets: each send, with the process that makes
 * it ({@code sock:sock_send_length}, Linux 6.3), and each check of CAP_NET_RAW ({@code
 * capability:cap_capable}, Linux 6.14), which precedes the creation of a packet or raw socket.
 *
 * <p>The kernel evaluates the filter for every send of the host, which takes some 0.1 us. Therefore
 * sends are reported only while such sockets exist: at the start, from a check on, and once a scan
 * has found such a socket, until a minute after the last of these. After more than {@value
 * #MAX_RECORDS_PER_SECOND} records in a second, both pause for a second.
 */
public final class SendEvents implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SendEvents.class);

  private static final int AF_PACKET = 17;

  /** All but the protocols that have ports: their sockets are found by their addresses. */
  private static final String SENDS =
      "family == 17 || ((family == 2 || family == 10) && protocol != 6 && protocol != 17"
          + " && protocol != 33 && protocol != 132 && protocol != 136 && protocol != 262)";

  private static final String NET_RAW_CHECKS = "cap == 13";

  private static final int TOKEN = 2;

  /** The poller's token of checks, which are urgent: sends are reported from their reading on. */
  public static final int CHECK_TOKEN = 3;

  private static final int SEND_PAGES = 64;
  private static final int SEND_WAKEUP_BYTES = 1;
  private static final int CHECK_PAGES = 8;
  private static final int CHECK_WAKEUP_BYTES = 1;
  private static final int MAX_RECORDS_PER_SECOND = 50_000;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LINGER_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final int self = (int) ProcessHandle.current().pid();
  private final DaemonCounters counters;
  private final TracepointEvents sends;
  private final int family;
  private final int protocol;
  private final int length;

  /** Null if this kernel does not report them. */
  private final TracepointEvents checks;

  private boolean enabled;
  private boolean paused;
  private boolean interrupted;
  private long neededUntilNanos = System.nanoTime();
  private long secondStartNanos = System.nanoTime();
  private int records;
  private long lost;

  private SendEvents(DaemonCounters counters, Tracepoint tracepoint) throws IOException {
    this.counters = counters;
    family = tracepoint.offset("family");
    protocol = tracepoint.offset("protocol");
    length = tracepoint.offset("ret");
    sends = TracepointEvents.open(tracepoint, SENDS, SEND_PAGES, SEND_WAKEUP_BYTES);
    checks = openChecks();
  }

  private static TracepointEvents openChecks() {
    try {
      return TracepointEvents.open(
          Tracepoint.find("capability/cap_capable"),
          NET_RAW_CHECKS,
          CHECK_PAGES,
          CHECK_WAKEUP_BYTES);
    } catch (IOException e) {
      LOG.debug("packet sockets are noticed at the next scan only: {}", e.getMessage());
      return null;
    }
  }

  /** Receives the events. Times are nanoseconds since the epoch, from the clock of packets. */
  public interface Listener {
    /**
     * A process has sent through a packet socket. The packet was captured before.
     *
     * @param bytes the length of the frame, with or without its link header
     */
    void onPacketSend(int pid, int bytes, long timeNanos);

    /**
     * A process has sent through a raw socket or a ping socket.
     *
     * @param bytes the length of the payload or of the packet
     */
    void onRawSend(int pid, int ipProtocol, int bytes, long timeNanos);

    /** A process may be about to create a packet or raw socket. */
    void onNetRawCheck(int pid);
  }

  /**
   * Subscribes.
   *
   * @param poller wakes up for events
   * @throws IOException if the kernel does not report sends, with the reason
   */
  public static SendEvents open(Poller poller, DaemonCounters counters) throws IOException {
    SendEvents events = new SendEvents(counters, Tracepoint.find("sock/sock_send_length"));
    try {
      poller.add(events.sends, TOKEN);
      if (events.checks != null) {
        poller.add(events.checks, CHECK_TOKEN);
        events.checks.enable();
      }
      // Until the first scans have shown whether such sockets are open.
      events.need();
      return events;
    } catch (NativeIoException e) {
      events.close();
      throw e;
    }
  }

  /**
   * Tries to subscribe.
   *
   * @throws IOException if {@link #open} would fail, with the reason
   */
  public static void probe() throws IOException {
    try (Poller poller = Poller.open()) {
      open(poller, new DaemonCounters()).close();
    }
  }

  /** Switches sends on, if they are off, and keeps them on for a while. */
  public void need() throws NativeIoException {
    neededUntilNanos = System.nanoTime() + LINGER_NANOS;
    if (!enabled && !paused) {
      sends.enable();
      enabled = true;
    }
  }

  /** Whether every send since the last interruption is reported. */
  public boolean isEnabled() {
    return enabled;
  }

  /** Returns whether sends may have gone unreported since the last call. */
  public boolean pollInterrupted() {
    boolean was = interrupted;
    interrupted = false;
    return was;
  }

  /**
   * Reads pending events.
   *
   * @return whether there were any
   */
  public boolean drain(Listener listener) throws NativeIoException {
    long now = System.nanoTime();
    boolean secondOver = now - secondStartNanos >= SECOND_NANOS;
    if (secondOver) {
      secondStartNanos = now;
      records = 0;
    }
    if (paused && secondOver) {
      resume();
    }
    int before = records;
    boolean checked = drainChecks(listener);
    records += sends.drain((pid, time, buffer, at) -> send(listener, pid, time, buffer, at));
    if (sends.lost() != lost) {
      counters.add(DaemonCounter.SEND_EVENTS_LOST, sends.lost() - lost);
      lost = sends.lost();
      interrupted = true;
    }
    if (checked) {
      need();
    } else if (enabled && now - neededUntilNanos > 0) {
      stop();
    }
    if (records > MAX_RECORDS_PER_SECOND) {
      pause(now);
    }
    return records != before;
  }

  private boolean drainChecks(Listener listener) {
    if (checks == null) {
      return false;
    }
    int before = records;
    records +=
        checks.drain(
            (pid, time, buffer, at) -> {
              if (pid != self && pid > 0) {
                listener.onNetRawCheck(pid);
              }
            });
    return records != before;
  }

  private void send(Listener listener, int pid, long timeNanos, ByteBuffer buffer, int at) {
    int sent = buffer.getInt(at + length);
    if (sent <= 0) {
      return;
    }
    if (Short.toUnsignedInt(buffer.getShort(at + family)) == AF_PACKET) {
      listener.onPacketSend(pid, sent, timeNanos);
    } else {
      int number = Short.toUnsignedInt(buffer.getShort(at + protocol));
      listener.onRawSend(pid, number, sent, timeNanos);
    }
  }

  private void pause(long now) throws NativeIoException {
    counters.increment(DaemonCounter.SEND_EVENT_PAUSES);
    stop();
    if (checks != null) {
      checks.disable();
    }
    paused = true;
    secondStartNanos = now;
  }

  private void resume() throws NativeIoException {
    paused = false;
    if (checks != null) {
      checks.enable();
    }
    need();
  }

  private void stop() throws NativeIoException {
    sends.disable();
    enabled = false;
    interrupted = true;
  }

  @Override
  public void close() {
    sends.close();
    if (checks != null) {
      checks.close();
    }
  }
}
