/**
 * The nouns that pass between the rooms: a captured {@link io.github.pidflow.flow.Frame}, the
 * {@link io.github.pidflow.flow.Segment} decoded from it, the {@link
 * io.github.pidflow.flow.SocketKey} it belongs to, and the {@link
 * io.github.pidflow.flow.ProcessInfo} that owns the socket. Frames and segments are mutable and
 * reused for every packet; all others are immutable.
 */
package io.github.pidflow.flow;
