package io.github.pidflow.config;

/** Everything a user can set, validated and immutable. */
public record Settings(
    CaptureSettings capture,
    OwnershipSettings ownership,
    AccountingSettings accounting,
    WebSettings web,
    LogSettings log) {}
