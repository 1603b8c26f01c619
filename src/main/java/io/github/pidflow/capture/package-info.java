/**
 * Frames from any source: an AF_PACKET ring (or several that share the traffic), libpcap, or a
 * capture file. Each {@link io.github.pidflow.capture.CaptureSource} captures in one network
 * namespace; a {@link io.github.pidflow.capture.CaptureGroup} lets one thread read them all.
 *
 * <p>Nothing is allocated per packet, and every length is checked before bytes of the kernel are
 * read.
 */
package io.github.pidflow.capture;
