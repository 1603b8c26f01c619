package io.github.pidflow.runtime;

/**
 * Thrown to whoever asks something of a part of the daemon that has yet to start. It is no error: a
 * slow host takes long to start, and the next request will be answered. So {@link DistinctErrors}
 * does not count it.
 */
public final class NotStartedException extends IllegalStateException {
  public NotStartedException(String part) {
    super(part + " has yet to start");
  }
}
