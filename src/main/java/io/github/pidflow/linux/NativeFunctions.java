package io.github.pidflow.linux;

/** The C functions, looked up before anything needs one. */
public final class NativeFunctions {
  private NativeFunctions() {}

  /**
   * Loads JNA and looks every function up, once a JVM.
   *
   * @throws UnsatisfiedLinkError if JNA cannot unpack or load its library
   */
  public static void load() {
    LibC.getpagesize();
  }
}
