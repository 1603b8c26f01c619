package io.github.pidflow.lab;

/** IP bytes that a process received and sent. */
public record Moved(long rx, long tx) {
  public Moved plus(Moved other) {
    return new Moved(rx + other.rx, tx + other.tx);
  }

  @Override
  public String toString() {
    return "rx " + rx + ", tx " + tx;
  }
}
