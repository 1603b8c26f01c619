package io.github.pidflow.capture;

import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.linux.PcapCursor;
import java.io.IOException;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.TimestampPrecision;

/** Reads frames from a pcap4j handle, live or from a file. */
final class PcapReader implements AutoCloseable {
  private final PcapHandle handle;
  private final PcapCursor cursor;
  private final LinkType linkType;
  private final Frame frame = new Frame();

  PcapReader(int namespace, PcapHandle handle, LinkType linkType) {
    this.handle = handle;
    this.linkType = linkType;
    boolean nanos = handle.getTimestampPrecision() == TimestampPrecision.NANO;
    cursor = new PcapCursor(Libpcap.pointer(handle), nanos ? 1 : 1000);
    frame.namespace(namespace);
  }

  /**
   * Hands over at most {@code limit} frames.
   *
   * @return how many; 0 if there are none at present, or the file has ended
   * @throws IOException with libpcap's message, after the frames before the error
   */
  int read(FrameHandler handler, int limit) throws IOException {
    int handled = 0;
    while (handled < limit) {
      int result = cursor.next();
      if (result == PcapCursor.NONE || result == PcapCursor.END) {
        break;
      }
      if (result != PcapCursor.PACKET) {
        throw new IOException(error());
      }
      handled++;
      frame
          .bytes(cursor.data(), 0, cursor.capturedLength(), cursor.wireLength())
          .link(linkType, 0)
          .seen(0, PacketType.UNKNOWN, Frame.NO_VLAN_TAG, cursor.timestampNanos());
      handler.onFrame(frame);
    }
    return handled;
  }

  private String error() {
    try {
      return handle.getError();
    } catch (NotOpenException e) {
      return e.getMessage();
    }
  }

  @Override
  public void close() {
    cursor.close();
    handle.close();
  }
}
