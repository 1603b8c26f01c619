package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for several sources at once (epoll(7)), and for another thread's word that there is work.
 *
 * <p>One thread adds, removes and awaits; any thread may {@link #wake()}. The kernel is asked level
 * triggered: a source that is not read is told of again at once.
 */
public final class Poller implements AutoCloseable {
  private static final int CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLLIN = 1;

  private static final int MAX_EVENTS = 64;
  private static final int WAKE_TOKEN = -1;

  // struct epoll_event { u32 events; u64 data; }, which x86-64 alone packs.
  private static final int DATA =
      switch (System.getProperty("os.arch")) {
        case "amd64", "x86_64" -> 4;
        default -> 8;
      };
  private static final int EVENT_BYTES = DATA + 8;

  private final int epoll;
  private final int wakeup;
  private final Memory events = new Memory((long) MAX_EVENTS * EVENT_BYTES);
  private final Memory event = new Memory(EVENT_BYTES);
  private final byte[] counter = new byte[Long.BYTES];
  private final int[] tokens = new int[MAX_EVENTS];

  /** Whether a wake-up is on its way, so that a thousand of them are one write(2). */
  private final AtomicBoolean woken = new AtomicBoolean();

  private boolean closed;

  private Poller(int epoll, int wakeup) {
    this.epoll = epoll;
    this.wakeup = wakeup;
  }

  public static Poller open() throws NativeIoException {
    int epoll = LibC.epoll_create1(CLOEXEC);
    if (epoll < 0) {
      throw NativeIoException.last("epoll_create1");
    }
    int wakeup = LibC.eventfd(0, CLOEXEC | EFD_NONBLOCK);
    if (wakeup < 0) {
      NativeIoException failure = NativeIoException.last("eventfd");
      LibC.close(epoll);
      throw failure;
    }
    Poller poller = new Poller(epoll, wakeup);
    try {
      poller.add(wakeup, WAKE_TOKEN);
      return poller;
    } catch (NativeIoException e) {
      poller.close();
      throw e;
    }
  }

  /**
   * Waits for this source too, until it is removed or closed.
   *
   * @param token what {@link #token} is to say of it, not negative
   */
  public void add(Pollable source, int token) throws NativeIoException {
    if (token < 0) {
      throw new IllegalArgumentException("token " + token);
    }
    for (int fd : source.fds()) {
      add(fd, token);
    }
  }

  /** Waits for this source no longer. To be called before it is closed, not after. */
  public void remove(Pollable source) throws NativeIoException {
    for (int fd : source.fds()) {
      if (LibC.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, event) != 0) {
        throw NativeIoException.last("epoll_ctl(EPOLL_CTL_DEL)");
      }
    }
  }

  /**
   * Waits until a source has something, or fails, or this is woken, or the time is up.
   *
   * @param timeoutMillis -1 to wait without end; a signal may end the wait early
   * @return how many sources are ready, each once; a wake-up is none
   */
  public int await(int timeoutMillis) throws NativeIoException {
    int ready = LibC.epoll_wait(epoll, events, MAX_EVENTS, timeoutMillis);
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
        LibC.read(wakeup, counter, counter.length);
        // Last: who wakes from here on writes again, who did before finds us on our way back.
        woken.set(false);
      } else if (!contains(count, token)) {
        tokens[count++] = token;
      }
    }
    return count;
  }

  /** The token of a ready source, by its place among those {@link #await} counted. */
  public int token(int index) {
    return tokens[index];
  }

  /** Ends the wait of the awaiting thread, or its next one if it does not wait now. */
  public void wake() {
    if (woken.compareAndSet(false, true)) {
      synchronized (this) {
        if (!closed) {
          byte[] one = new byte[Long.BYTES];
          one[0] = 1; // in either byte order something other than 0, and far from the counter's end
          LibC.write(wakeup, one, one.length);
        }
      }
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.close(epoll);
      LibC.close(wakeup);
      events.close();
      event.close();
    }
  }

  private boolean contains(int count, int token) {
    for (int i = 0; i < count; i++) {
      if (tokens[i] == token) {
        return true;
      }
    }
    return false;
  }

  private void add(int fd, int token) throws NativeIoException {
    event.setInt(0, EPOLLIN);
    event.setLong(DATA, token);
    if (LibC.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, event) != 0) {
      throw NativeIoException.last("epoll_ctl(EPOLL_CTL_ADD)");
    }
  }
}
