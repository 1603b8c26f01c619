package io.github.pidflow.ownership;

import io.github.pidflow.flow.SocketKey;

/**
 * One socket as the kernel lists it.
 *
 * @param inode identifies it in {@code /proc/PID/fd}; 0 while no file is attached: not accepted
 *     yet, or closed by its process and still sending
 * @param cookie identifies it for good; 0 where the source does not tell
 * @param v6Only whether an IPv6 wildcard socket takes no IPv4 traffic
 */
record OpenSocket(SocketKey key, long inode, long cookie, boolean v6Only) {}
