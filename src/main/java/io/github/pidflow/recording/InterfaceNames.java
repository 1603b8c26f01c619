package io.github.pidflow.recording;

/** Names interfaces. */
@FunctionalInterface
public interface InterfaceNames {
  /** The name of an interface of a network namespace, or a stand-in for one that is gone. */
  String name(int namespace, int interfaceIndex);
}
