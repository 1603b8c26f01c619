/**
 * Turns a {@link io.github.pidflow.flow.Frame} into a {@link io.github.pidflow.flow.Segment}: link
 * layer, IPv4 or IPv6, extension headers, ports. Every length is checked before bytes are read, and
 * every malformed or truncated packet is counted under its reason. Nothing is allocated per packet.
 */
package io.github.pidflow.decode;
