package io.github.pidflow.flow;

/** The direction of traffic as seen from the process. */
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
