package io.github.pidflow.host;

/** A local address (128 bits, IPv4 in mapped form) and the interface it is on. */
public record InterfaceAddress(int interfaceIndex, long high, long low) {}
