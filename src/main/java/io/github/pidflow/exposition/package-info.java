/**
 * Serves snapshots of the daemon over HTTP: {@code /metrics} for Prometheus, the JSON API for
 * programs, and a live page for people.
 *
 * <p>At each scrape every {@link io.github.pidflow.exposition.MetricFamilies} hands its families to
 * a {@link io.github.pidflow.exposition.MetricWriter}, which encodes them in one exposition format.
 * Request threads read snapshots only; they never touch the state of the capture thread.
 */
package io.github.pidflow.exposition;
