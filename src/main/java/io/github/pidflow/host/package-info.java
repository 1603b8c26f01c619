/**
 * The host as the network sees it: its network namespaces, and the interfaces, addresses and
 * tunnels of each. {@link io.github.pidflow.host.HostNetworkAgent} keeps that picture current;
 * {@link io.github.pidflow.host.Sightings} tells for each packet which way it goes, and which of
 * several sightings of the same packet is counted.
 */
package io.github.pidflow.host;
