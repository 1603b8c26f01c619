package io.github.pidflow.runtime;

/**
 * The one way an agent shows its state to other threads: an immutable value, replaced as a whole.
 * One thread publishes; any may read the latest value, and an agent that acts on changes follows it
 * through a {@link Reader} of its own.
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

  /** A reader that has seen nothing yet, so the value there is now is news to it. */
  public Reader<T> reader() {
    return new Reader<>(this);
  }

  /** Follows the values for one thread. */
  public static final class Reader<T> {
    private final Published<T> published;
    private T current;

    private Reader(Published<T> published) {
      this.published = published;
    }

    /** Moves on to the latest value; false if it is the one that is current already. */
    @SuppressWarnings("ReferenceEquality") // a value is replaced, never changed
    public boolean advance() {
      T latest = published.latest();
      boolean isNew = latest != current;
      current = latest;
      return isNew;
    }

    /** The value of the last {@link #advance()}, null before the first. */
    public T current() {
      return current;
    }
  }
}
