package io.github.pidflow.cli;

import io.github.pidflow.runtime.Feature;

/**
 * The result of one check of the host.
 *
 * @param subject what was checked
 * @param detail what was found
 * @param impact what does not work as it is
 * @param fix how to make it work
 */
record CheckResult(State state, String subject, String detail, String impact, String fix) {

  enum State {
    OK,
    /** The daemon runs with less. */
    PARTIAL,
    /** The daemon does not start. */
    FAILED
  }

  static CheckResult ok(String subject, String detail) {
    return new CheckResult(State.OK, subject, detail, "", "");
  }

  static CheckResult available(Feature feature, String detail) {
    return ok(feature.label(), detail);
  }

  static CheckResult missing(Feature feature, String detail) {
    return missing(feature, detail, feature.fix());
  }

  static CheckResult missing(Feature feature, String detail, String fix) {
    return missing(feature.label(), detail, feature.impact(), fix);
  }

  static CheckResult missing(String subject, String detail, String impact, String fix) {
    return new CheckResult(State.PARTIAL, subject, detail, impact, fix);
  }

  static CheckResult failed(String subject, String detail, String impact, String fix) {
    return new CheckResult(State.FAILED, subject, detail, impact, fix);
  }
}
