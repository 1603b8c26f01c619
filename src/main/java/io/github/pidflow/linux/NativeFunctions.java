package io.github.pidflow.linux;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Loads the C functions before any of them is needed. */
public final class NativeFunctions {
  /** Held here, since the logging framework itself would forget the logger and its level. */
  private static final Logger JNA = Logger.getLogger("com.sun.jna.Native");

  /** The message of the first failure, null if there was none. */
  private static String failure;

  private NativeFunctions() {}

  /**
   * Loads JNA and looks up every function. Later calls in the same JVM do nothing, or fail like the
   * first.
   *
   * @throws UnsatisfiedLinkError if JNA cannot unpack or load its library, or a function is missing
   */
  public static synchronized void load() {
    if (failure != null) {
      throw new UnsatisfiedLinkError(failure);
    }
    // JNA logs a stack trace if it cannot tidy up. If that matters it fails as well, and says so.
    JNA.setLevel(Level.OFF);
    UnpackFolder.choose();
    try {
      LibC.getpagesize();
    } catch (LinkageError e) {
      UnsatisfiedLinkError unsatisfied = unsatisfied(e);
      failure = String.valueOf(unsatisfied.getMessage());
      throw unsatisfied;
    }
  }

  /** A class that failed to initialize earlier reports that only as the cause of the error. */
  private static UnsatisfiedLinkError unsatisfied(LinkageError e) {
    Throwable deepest = e;
    while (!(deepest instanceof UnsatisfiedLinkError) && deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    if (deepest instanceof UnsatisfiedLinkError unsatisfied) {
      return unsatisfied;
    }
    UnsatisfiedLinkError converted = new UnsatisfiedLinkError(deepest.getMessage());
    converted.initCause(e);
    return converted;
  }
}
