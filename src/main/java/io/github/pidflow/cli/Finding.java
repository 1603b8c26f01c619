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
record Finding(State state, String subject, String detail, String impact, String fix) {

  enum State {
    OK,
    /** The daemon runs with less. */
    PARTIAL,
    /** The daemon does not start. */
    FAILED
  }

  static Finding ok(String subject, String detail) {
    return new Finding(State.OK, subject, detail, "", "");
  }

  static Finding available(Feature feature, String detail) {
    return ok(feature.label(), detail);
  }

  static Finding missing(Feature feature, String detail) {
    return missing(feature, detail, feature.fix());
  }

  static Finding missing(Feature feature, String detail, String fix) {
    return new Finding(State.PARTIAL, feature.label(), detail, feature.impact(), fix);
  }

  static Finding failed(String subject, String detail, String impact, String fix) {
    return new Finding(State.FAILED, subject, detail, impact, fix);
  }
}
