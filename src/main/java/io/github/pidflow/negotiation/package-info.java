/**
 * Which format and which coding a request's headers ask for, by RFC 9110 and by Prometheus' rules
 * of content negotiation. It knows headers only: no HTTP server and nothing of pidflow.
 */
package io.github.pidflow.negotiation;
