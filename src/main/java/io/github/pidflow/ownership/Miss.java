package io.github.pidflow.ownership;

import io.github.pidflow.flow.SocketKey;

/** A five-tuple the table does not know, and the interface its packet was seen on. */
public record Miss(SocketKey key, int interfaceIndex) {}
