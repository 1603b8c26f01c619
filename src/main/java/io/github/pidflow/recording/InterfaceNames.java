package io.github.pidflow.recording;

/** Knows what interfaces are called. */
@FunctionalInterface
public interface InterfaceNames {
  /** The name of an interface of a network namespace, or something for it. */
  String name(int namespace, int interfaceIndex);
}
