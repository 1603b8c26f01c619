package io.github.pidflow.linux;

import java.util.Arrays;
import java.util.List;

/**
 * What a {@link Poller} can wait for. An abstract class, since an interface would have to show its
 * descriptors to everybody.
 */
public abstract class Pollable {
  Pollable() {}

  /** The descriptors that become readable when there is something to do; never changing. */
  abstract int[] fds();

  /** Several as one: there is something to do where one of them has it. */
  public static Pollable all(List<Pollable> parts) {
    int[] fds = parts.stream().flatMapToInt(each -> Arrays.stream(each.fds())).toArray();
    return new Pollable() {
      @Override
      int[] fds() {
        return fds.clone();
      }
    };
  }
}
