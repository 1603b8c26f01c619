/**
 * Decides whose a packet is. A segment whose owner is known goes straight to the one {@link
 * io.github.pidflow.attribution.AttributionSink}; one whose owner is not known is parked with its
 * flow until ownership finds the owner, or for a bounded time, and then goes to the same sink.
 * Nothing comes back: what is captured is, to the byte, attributed, unattributed, forwarded or
 * parked.
 */
package io.github.pidflow.attribution;
