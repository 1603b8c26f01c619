package io.github.pidflow.config;

/** Everything a user can set, validated and immutable. */
public record Settings(
    Namespaces namespaces,
    LimitSettings limits,
    CaptureSettings capture,
    SamplingSettings sampling,
    OwnershipSettings ownership,
    AccountingSettings accounting,
    WebSettings web,
    RecordingSettings recordings,
    LogSettings log) {

  /** Which network namespaces are watched. */
  public enum Namespaces {
    /** Every one that a process lives in. */
    ALL,
    /** The one the daemon runs in. */
    HOST
  }
}
