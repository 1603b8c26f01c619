/**
 * The engine: packets from the captures of all namespaces through decode and attribution to the
 * meter and the recordings, by one thread. {@link io.github.pidflow.metering.Engine} wires the
 * agents, starts them and stops them in one written order; other threads reach the metering thread
 * through {@link io.github.pidflow.metering.MeteringProxy}.
 */
package io.github.pidflow.metering;
