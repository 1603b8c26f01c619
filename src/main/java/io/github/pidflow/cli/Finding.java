package io.github.pidflow.cli;

/**
 * One thing {@code check} looked at.
 *
 * @param detail what was found
 * @param lost what does not work for lack of it
 * @param mend what to do about it
 */
record Finding(State state, String subject, String detail, String lost, String mend) {

  /** How it stands. */
  enum State {
    OK,
    /** The daemon runs, with less. */
    PARTIAL,
    /** The daemon does not start. */
    FAILED
  }

  static Finding ok(String subject, String detail) {
    return new Finding(State.OK, subject, detail, "", "");
  }

  static Finding partial(String subject, String detail, String lost, String mend) {
    return new Finding(State.PARTIAL, subject, detail, lost, mend);
  }

  static Finding failed(String subject, String detail, String lost, String mend) {
    return new Finding(State.FAILED, subject, detail, lost, mend);
  }
}
