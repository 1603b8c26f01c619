package io.github.pidflow.linux;

/**
 * What a {@link Poller} can wait for. An abstract class, since an interface would have to show its
 * descriptors to everybody.
 */
public abstract class Pollable {
  Pollable() {}

  /** The descriptors that become readable when there is something to do; never changing. */
  abstract int[] fds();
}
