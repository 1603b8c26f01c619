package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for several sources at once (epoll(7)), and for another thread to wake it up.
 *
 * <p>One thread adds, removes and awaits; any thread may call {@link #wake()}. Polling is level
 * triggered: a source that still has input is reported again by the next wait.
 *
 * <pre>
 * struct epoll_event   x86-64, packed   elsewhere
 * u32 events                        0           0
 * u64 data                          4           8
 * </pre>
 */
public final class Poller implements AutoCloseable {
  private static final int CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLLIN = 1;

  private static final int EVENTS = 0;
  private static final int DATA = Architecture.CURRENT == Architecture.X86_64 ? 4 : 8;
  private static final int EVENT_BYTES = DATA + Long.BYTES;

  private static final int MAX_EVENTS = 64;
  private static final int WAKE_TOKEN = -1;

  private final Descriptor epoll;
  private final Descriptor wakeup;
  private final Memory events = new Memory((long) MAX_EVENTS * EVENT_BYTES);
  private final Memory event = new Memory(EVENT_BYTES);
  private final byte[] counter = new byte[Long.BYTES];
  private final int[] tokens = new int[MAX_EVENTS];

  /** Whether a wake-up is pending: a thousand calls of wake() then cost one write(2). */
  private final AtomicBoolean woken = new AtomicBoolean();

  private Poller(Descriptor epoll, Descriptor wakeup) {
    this.epoll = epoll;
    this.wakeup = wakeup;
  }

  public static Poller open() throws NativeIoException {
    Descriptor epoll = Descriptor.of(LibC.epoll_create1(CLOEXEC), "epoll_create1");
    try {
      Descriptor wakeup = Descriptor.of(LibC.eventfd(0, CLOEXEC | EFD_NONBLOCK), "eventfd");
      Poller poller = new Poller(epoll, wakeup);
      try {
        poller.add(wakeup, WAKE_TOKEN);
        return poller;
      } catch (NativeIoException e) {
        poller.close();
        throw e;
      }
    } catch (NativeIoException e) {
      epoll.close();
      throw e;
    }
  }

  /**
   * Adds a source, which stays until it is removed or closed.
   *
   * @param token what {@link #token} returns when this source is ready; not negative
   */
  public void add(Pollable source, int token) throws NativeIoException {
    if (token < 0) {
      throw new IllegalArgumentException("token " + token);
    }
    for (Descriptor each : source.descriptors()) {
      add(each, token);
    }
  }

  /** Removes a source. Must be called before the source is closed, not after. */
  public void remove(Pollable source) throws NativeIoException {
    for (Descriptor each : source.descriptors()) {
      int result = LibC.epoll_ctl(epoll.fd(), EPOLL_CTL_DEL, each.fd(), event);
      Descriptor.checked(result, "epoll_ctl(EPOLL_CTL_DEL)");
    }
  }

  /**
   * Waits until a source has input or an error, another thread calls {@link #wake()}, or the time
   * is up.
   *
   * @param timeoutMillis -1 to wait without a limit; a signal may end the wait early
   * @return the number of ready sources, each counted once; a wake-up is not counted
   */
  public int await(int timeoutMillis) throws NativeIoException {
    int ready = LibC.epoll_wait(epoll.fd(), events, MAX_EVENTS, timeoutMillis);
    if (ready < 0) {
      if (Native.getLastError() == Errno.EINTR) {
        return 0;
      }
      throw NativeIoException.last("epoll_wait");
    }
    int count = 0;
    for (int i = 0; i < ready; i++) {
      int token = (int) events.getLong((long) i * EVENT_BYTES + DATA);
      if (token == WAKE_TOKEN) {
        LibC.read(wakeup.fd(), counter, counter.length);
        // Last, so that no wake-up is lost: a thread that calls wake() after this writes again,
        // and the work of one that called before is found when this method returns.
        woken.set(false);
      } else if (!contains(count, token)) {
        tokens[count++] = token;
      }
    }
    return count;
  }

  /** The token of a ready source, by its index among those that {@link #await} counted. */
  public int token(int index) {
    return tokens[index];
  }

  /** Ends the current wait, or the next one if no thread is waiting. */
  public void wake() {
    if (woken.compareAndSet(false, true)) {
      signal();
    }
  }

  private synchronized void signal() {
    if (!wakeup.isClosed()) {
      byte[] increment = new byte[Long.BYTES];
      increment[0] = 1; // Not zero in either byte order, and far from an overflow.
      try {
        LibC.write(wakeup.fd(), increment, increment.length);
      } catch (NativeIoException e) {
        throw new AssertionError("closed under the lock of close()", e);
      }
    }
  }

  @Override
  public synchronized void close() {
    epoll.close();
    wakeup.close();
    events.close();
    event.close();
  }

  private boolean contains(int count, int token) {
    for (int i = 0; i < count; i++) {
      if (tokens[i] == token) {
        return true;
      }
    }
    return false;
  }

  private void add(Descriptor descriptor, int token) throws NativeIoException {
    event.setInt(EVENTS, EPOLLIN);
    event.setLong(DATA, token);
    int result = LibC.epoll_ctl(epoll.fd(), EPOLL_CTL_ADD, descriptor.fd(), event);
    Descriptor.checked(result, "epoll_ctl(EPOLL_CTL_ADD)");
  }
}
