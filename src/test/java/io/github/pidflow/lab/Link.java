package io.github.pidflow.lab;

import java.net.InetAddress;

/** A veth pair with addresses: the name that both ends have, and the address of each end. */
public record Link(String name, InetAddress a4, InetAddress a6, InetAddress b4, InetAddress b6) {}
