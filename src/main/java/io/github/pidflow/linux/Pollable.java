package io.github.pidflow.linux;

import java.util.List;

/**
 * A source that a {@link Poller} can wait for. It is an abstract class because the methods of an
 * interface, and so its descriptors, would be public.
 */
public abstract class Pollable {
  Pollable() {}

  /** The descriptors that become readable when there is work. They never change. */
  abstract List<Descriptor> descriptors();

  /** Combines several sources: there is work when one of them has some. */
  public static Pollable all(List<Pollable> parts) {
    List<Descriptor> descriptors =
        parts.stream().flatMap(each -> each.descriptors().stream()).toList();
    return new Pollable() {
      @Override
      List<Descriptor> descriptors() {
        return descriptors;
      }
    };
  }
}
