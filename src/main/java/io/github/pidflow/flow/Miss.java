package io.github.pidflow.flow;

/** A five-tuple the table does not know, and the interface its packet was seen on. */
public record Miss(SocketKey key, int interfaceIndex) {}
