package io.github.pidflow.webconfig;

import java.util.Map;
import java.util.Optional;

/**
 * The contents of a web configuration file.
 *
 * @param headers the headers to add to every response
 * @param users bcrypt hashes by user name; empty if no password is required
 */
record WebConfig(
    Optional<TlsSettings> tls,
    Map<String, String> headers,
    Map<String, String> users,
    RateLimitSettings rateLimit) {}
