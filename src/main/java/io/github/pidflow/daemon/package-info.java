/**
 * The service: {@code run} wires the engine to the web server, to systemd and to its cgroup,
 * reloads its settings and stops it. {@link io.github.pidflow.daemon.Main} is the entry point of
 * every command; nothing else refers to it, and no other room imports this one.
 */
package io.github.pidflow.daemon;
