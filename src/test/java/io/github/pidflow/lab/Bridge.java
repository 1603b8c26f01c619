package io.github.pidflow.lab;

import java.net.InetAddress;

/** A host with a bridge, two guests on it, and the IPv4 address of each. */
public record Bridge(
    Node host,
    Node guest1,
    Node guest2,
    InetAddress hostAddress,
    InetAddress address1,
    InetAddress address2) {}
