package io.github.pidflow.attribution;

/**
 * What attribution has taken in and still holds, between two packets.
 *
 * @param capturedBytes of every segment there ever was
 * @param parkedBytes of those whose verdict is pending
 * @param parkedFlows how many flows these are of
 */
public record AttributionTotals(long capturedBytes, long parkedBytes, int parkedFlows) {}
