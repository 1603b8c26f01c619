/**
 * Packets of chosen processes, to pcapng. The recorder is a sink of attribution on the metering
 * thread; each recording has a thread of its own that writes, behind a ring of bytes that drops and
 * counts what it has no room for.
 */
package io.github.pidflow.recording;
