/**
 * Finds the process that owns each socket, and keeps the table of owners current.
 *
 * <h2>How an owner is found</h2>
 *
 * The owner of a socket is the process that holds a descriptor of it. If several do, it is the one
 * that started first, service managers excepted: they hold what their services use. If none is
 * found, it is the process that closed the last descriptor, or else the one that created the
 * socket, as far as the kernel notes them. A process that is older than a socket of another's
 * creation can only have been sent it, perhaps unasked, and does not count. A connection for which
 * all of this fails belongs to the holder of its listener, if exactly one process holds that.
 *
 * <p>Reading file descriptors is expensive, so {@link io.github.pidflow.ownership.HolderSearch}
 * reads those of likely processes first: of the creator, of processes that are new or whose
 * descriptors changed, and of processes that own other sockets. It walks all processes last, in
 * slices, for a bounded share of the time.
 *
 * <h2>Scans</h2>
 *
 * A scan lists all sockets of the watched namespaces, searches the holders of those without an
 * owner, and closes the sockets that are gone. The first one precedes the first packet. Later ones
 * come soon while lookups leave work, and at growing intervals otherwise. A scan marks an unchanged
 * socket and allocates nothing for it.
 *
 * <h2>Misses</h2>
 *
 * A packet whose five-tuple the table lacks is a miss. The metering thread parks the flow and
 * requests a lookup. The kernel is asked for that one socket, and its holder is searched. A
 * connection that was just accepted may be passed on to a child process, so its holder counts only
 * if it still holds it a little later. Other holders count at once, and are checked again once. A
 * flow whose addresses NAT changed is looked up under the five-tuple of its socket, which its
 * connection tracking entry tells, see {@link io.github.pidflow.ownership.TranslatedFlows}.
 *
 * <p>A datagram whose most specific known socket is not connected to its remote end may belong to a
 * socket that is newer than the table. So the kernel reports when a socket is bound or connected on
 * a port ({@code ListedPorts}). The first packets after that are misses, and the sockets of the
 * port are listed again.
 *
 * <h2>Bounds</h2>
 *
 * Known sockets, owners in a history, queued misses and pending checks are bounded. What exceeds a
 * bound is counted, and dropped or left to the next scan.
 *
 * <h2>Concurrency</h2>
 *
 * The ownership thread is the only writer. It publishes each {@link
 * io.github.pidflow.sockettable.SocketTable} as a whole; the metering thread reads it without a
 * lock. Other threads send misses and settings through {@link
 * io.github.pidflow.ownership.OwnershipProxy}, by a queue each. A full queue of misses drops the
 * miss and counts it, and the next scan then lists every namespace.
 */
package io.github.pidflow.ownership;
