package io.github.pidflow.lab;

import java.net.InetAddress;

/** One direction of a conversation; ports are 0 where the protocol has none. */
public record Flow(
    int protocol,
    InetAddress source,
    int sourcePort,
    InetAddress destination,
    int destinationPort) {}
