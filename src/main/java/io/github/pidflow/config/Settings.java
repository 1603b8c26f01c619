package io.github.pidflow.config;

/** All settings, validated and immutable. */
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
    /** Every namespace with a process in it. */
    ALL,
    /** The namespace of the daemon. */
    HOST
  }
}
