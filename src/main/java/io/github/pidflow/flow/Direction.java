package io.github.pidflow.flow;

/** Which way bytes went, seen from the process: {@code rx} received, {@code tx} sent. */
public enum Direction {
  RX("rx"),
  TX("tx");

  private final String label;

  Direction(String label) {
    this.label = label;
  }

  /** The value of the {@code direction} label. */
  public String label() {
    return label;
  }
}
