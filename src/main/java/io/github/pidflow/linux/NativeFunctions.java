package io.github.pidflow.linux;

/** Loads the C functions before any of them is needed. */
public final class NativeFunctions {
  private NativeFunctions() {}

  /**
   * Loads JNA and looks up every function. Later calls in the same JVM do nothing.
   *
   * @throws UnsatisfiedLinkError if JNA cannot unpack or load its library
   */
  public static void load() {
    LibC.getpagesize();
  }
}
