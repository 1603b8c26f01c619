package io.github.pidflow.capture;

import io.github.pidflow.flow.LinkType;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.nio.file.Path;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;

/** Reads a pcap or pcapng file through libpcap. */
public final class PcapFileSource implements CaptureSource {
  private final Path file;
  private final PcapReader reader;
  private boolean exhausted;

  private PcapFileSource(Path file, PcapReader reader) {
    this.file = file;
    this.reader = reader;
  }

  /**
   * Opens a file.
   *
   * @param filter pcap-filter(7) expression, empty for none
   */
  public static PcapFileSource open(Path file, String filter) throws IOException {
    Libpcap.version();
    PcapHandle handle = null;
    try {
      handle = Pcaps.openOffline(file.toString(), PcapHandle.TimestampPrecision.NANO);
      if (!filter.isEmpty()) {
        Libpcap.compile(filter, handle.getDlt(), handle.getSnapshot());
        handle.setFilter(filter, BpfCompileMode.OPTIMIZE);
      }
      PcapReader reader = new PcapReader(0, handle, linkType(handle));
      handle = null;
      return new PcapFileSource(file, reader);
    } catch (InvalidSettingsException e) {
      throw e;
    } catch (PcapNativeException | NotOpenException | IOException e) {
      throw new IOException(UnreadableFile.message(file, e.getMessage()), e);
    } finally {
      if (handle != null) {
        handle.close();
      }
    }
  }

  private static LinkType linkType(PcapHandle handle) throws IOException {
    return Libpcap.linkType(handle.getDlt())
        .orElseThrow(
            () ->
                new IOException(
                    "link type "
                        + handle.getDlt()
                        + " is not one pidflow reads: Ethernet, raw IP, loopback or Linux cooked"));
  }

  /**
   * @throws IOException with libpcap's message, if the file ends within a packet; the frames before
   *     it have been handed over
   */
  @Override
  public int poll(FrameHandler handler, int limit) throws IOException {
    try {
      int handled = reader.read(handler, limit);
      exhausted = handled == 0;
      return handled;
    } catch (IOException e) {
      exhausted = true;
      throw new IOException(UnreadableFile.message(file, e.getMessage()), e);
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
