package io.github.pidflow.capture;

import io.github.pidflow.flow.LinkType;
import java.io.IOException;
import java.nio.file.Path;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;

/** Frames of a capture file, pcap or pcapng, as libpcap reads them. */
public final class PcapFileSource implements CaptureSource {
  private final Path file;
  private final PcapReader reader;
  private boolean exhausted;

  private PcapFileSource(Path file, PcapReader reader) {
    this.file = file;
    this.reader = reader;
  }

  public static PcapFileSource open(Path file) throws IOException {
    Libpcap.version();
    try {
      PcapHandle handle = Pcaps.openOffline(file.toString(), PcapHandle.TimestampPrecision.NANO);
      LinkType linkType =
          Libpcap.linkType(handle.getDlt())
              .orElseThrow(
                  () ->
                      new IOException(
                          file
                              + ": link type "
                              + handle.getDlt()
                              + " is not one pidflow reads: Ethernet, raw IP, loopback or Linux"
                              + " cooked"));
      return new PcapFileSource(file, new PcapReader(handle, linkType));
    } catch (PcapNativeException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * @throws IOException with libpcap's words if the file ends within a packet; the frames before it
   *     have been handed over
   */
  @Override
  public int poll(FrameHandler handler, int limit) throws IOException {
    try {
      int handled = reader.dispatch(handler, limit);
      exhausted = handled == 0;
      return handled;
    } catch (IOException e) {
      exhausted = true;
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean isExhausted() {
    return exhausted;
  }

  @Override
  public void close() {
    reader.close();
  }
}
