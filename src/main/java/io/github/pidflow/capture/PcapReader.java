package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Timestamp;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;

/**
 * Turns what a pcap4j handle dispatches into frames, live or from a file. pcap4j swallows what a
 * listener throws, so the first failure is kept here and thrown after the call.
 */
final class PcapReader implements AutoCloseable {
  private final PcapHandle handle;
  private final LinkType linkType;
  private final Frame frame = new Frame();
  private RuntimeException failure;

  PcapReader(int namespace, PcapHandle handle, LinkType linkType) {
    frame.namespace(namespace);
    this.handle = handle;
    this.linkType = linkType;
  }

  /** Hands over at most {@code limit} frames; 0 means none came in time, or the file ended. */
  int dispatch(FrameHandler handler, int limit) throws IOException {
    failure = null;
    int count;
    try {
      count = handle.dispatch(limit, (byte[] packet) -> pass(packet, handler));
    } catch (PcapNativeException | NotOpenException e) {
      throw new IOException(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
    if (failure != null) {
      throw failure;
    }
    return Math.max(count, 0);
  }

  @SuppressWarnings("JavaUtilDate") // pcap4j's own type
  private void pass(byte[] packet, FrameHandler handler) {
    Timestamp time = handle.getTimestamp();
    long nanos = Math.floorDiv(time.getTime(), 1000L) * 1_000_000_000L + time.getNanos();
    frame
        .bytes(ByteBuffer.wrap(packet), 0, packet.length, handle.getOriginalLength())
        .link(linkType, 0)
        .seen(0, PacketType.UNKNOWN, Frame.NO_VLAN_TAG, nanos);
    try {
      handler.onFrame(frame);
    } catch (RuntimeException e) {
      if (failure == null) {
        failure = e;
      }
    }
  }

  @Override
  public void close() {
    handle.close();
  }
}
