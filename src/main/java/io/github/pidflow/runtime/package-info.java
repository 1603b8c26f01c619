/**
 * What every room needs in order to run and to be observed: agents and the runner of their threads,
 * the two ways in which threads hand things to each other ({@link
 * io.github.pidflow.runtime.CommandQueue} and {@link io.github.pidflow.runtime.Published}), the
 * counters and distributions that the daemon keeps of itself, and the features of the kernel that a
 * host may lack.
 */
package io.github.pidflow.runtime;
