/**
 * Bytes and packets per process and group: exact, conserved and bounded. The meter is a sink of
 * attribution and belongs to the metering thread; every other thread sees immutable {@link
 * io.github.pidflow.accounting.TrafficSnapshot}s.
 */
package io.github.pidflow.accounting;
