package io.github.pidflow.runtime;

/** Bounds of tables, which shrink with the heap: a smaller one must not be filled by them. */
public final class HeapBound {
  /** What a heap of -Xmx128m, the default, can hold besides one survivor space. */
  private static final long DEFAULT_HEAP_BYTES = 120L << 20;

  private HeapBound() {}

  /**
   * The bound of a table in this heap.
   *
   * @param atDefault the bound in a heap of the default size, and in a larger one
   */
  public static int of(int atDefault) {
    return of(atDefault, Runtime.getRuntime().maxMemory());
  }

  static int of(int atDefault, long heapBytes) {
    return heapBytes >= DEFAULT_HEAP_BYTES
        ? atDefault
        : (int) (atDefault * heapBytes / DEFAULT_HEAP_BYTES);
  }
}
