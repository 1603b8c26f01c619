package io.github.pidflow.runtime;

/**
 * The one way in which an agent shares state with other threads: an immutable value that is
 * replaced as a whole. One thread publishes; any thread may read the latest value. An agent that
 * acts on changes follows the value through a {@link Reader} of its own.
 */
public final class Published<T> {
  private volatile T latest;

  public Published(T first) {
    latest = first;
  }

  public void publish(T value) {
    latest = value;
  }

  public T latest() {
    return latest;
  }

  /** A reader that has not seen any value yet, not even the current one. */
  public Reader<T> reader() {
    return new Reader<>(this);
  }

  /** Follows the published values on behalf of one thread. */
  public static final class Reader<T> {
    private final Published<T> published;
    private T current;

    private Reader(Published<T> published) {
      this.published = published;
    }

    /** Moves on to the latest value; returns false if that is the current one already. */
    @SuppressWarnings("ReferenceEquality") // values are replaced, never modified
    public boolean advance() {
      T latest = published.latest();
      boolean isNew = latest != current;
      current = latest;
      return isNew;
    }

    /** The value as of the last {@link #advance()}; null before the first. */
    public T current() {
      return current;
    }
  }
}
