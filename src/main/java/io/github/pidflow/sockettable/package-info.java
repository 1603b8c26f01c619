/**
 * The sockets that are known and who owned each of them when.
 *
 * <p>{@link io.github.pidflow.sockettable.KnownSockets} belongs to the ownership thread, which
 * updates it from scans, lookups and kernel events. It makes each {@link
 * io.github.pidflow.sockettable.SocketTable}, which is immutable: the metering thread reads the
 * latest one without a lock.
 *
 * <h2>The history of a five-tuple</h2>
 *
 * One five-tuple may have several sockets, one after the other. {@link
 * io.github.pidflow.sockettable.OwnerHistory} keeps their owners with the times at which each
 * socket was created, was last known to be open, and was closed. A datagram belongs to the owner at
 * the time of its capture. Packets of a TCP connection may arrive after its close, so it keeps its
 * five-tuple until a SYN. A time that is not known exactly is ambiguous, never a guess.
 */
package io.github.pidflow.sockettable;
