/**
 * The kernel's view of sockets: which ones are open in each network namespace, which one receives a
 * packet, which ones were destroyed, and how connection tracking rewrites a flow's addresses.
 * {@link io.github.pidflow.sockets.KernelSockets} is the entrance. Which process owns a socket is
 * not known here.
 */
package io.github.pidflow.sockets;
