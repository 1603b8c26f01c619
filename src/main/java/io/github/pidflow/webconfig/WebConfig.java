package io.github.pidflow.webconfig;

import java.util.Map;
import java.util.Optional;

/**
 * A web configuration file as it was read.
 *
 * @param headers to add to every response
 * @param users bcrypt hashes by name; empty if nobody is asked
 */
record WebConfig(
    Optional<TlsSettings> tls,
    Map<String, String> headers,
    Map<String, String> users,
    RateLimitSettings rateLimit) {}
