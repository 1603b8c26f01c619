/**
 * The processes of the host and the sockets they hold, read from {@code /proc}: name, executable,
 * user, systemd unit, container and pod of each, its file descriptors, and events of renames.
 * {@link io.github.pidflow.processes.ProcessTable} knows who they are, {@link
 * io.github.pidflow.processes.SocketHolders} what they hold, and {@link
 * io.github.pidflow.processes.NotedProcesses} what they created and closed.
 */
package io.github.pidflow.processes;
