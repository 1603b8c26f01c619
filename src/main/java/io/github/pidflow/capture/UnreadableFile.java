package io.github.pidflow.capture;

import java.nio.file.Path;

/** Adds to libpcap's message about a capture file how to make a file of it that can be read. */
final class UnreadableFile {
  // libpcap has no error code for these, only the words.
  private static final String OTHER_TYPE = "different from the type of the first interface";
  private static final String OTHER_SNAP_LENGTH =
      "different from the snapshot length of the first interface";

  private UnreadableFile() {}

  static String message(Path file, String libpcap) {
    // libpcap names the file if it cannot be opened, but not if it cannot be read.
    String message = libpcap.startsWith(file + ": ") ? libpcap : file + ": " + libpcap;
    if (libpcap.contains(OTHER_TYPE)) {
      return message
          + ". libpcap reads only one link type per file: split it by interface and replay the"
          + " parts. For interface 0: tshark -r "
          + file
          + " -Y 'frame.interface_id == 0' -w 0.pcapng, then editcap -F pcap -T ether 0.pcapng"
          + " 0.pcap, where -T is the link type of that interface (ether, linux-sll, rawip);"
          + " capinfos "
          + file
          + " lists the interfaces";
    }
    if (libpcap.contains(OTHER_SNAP_LENGTH)) {
      return message + ". Convert it: editcap -F pcap " + file + " FILE.pcap";
    }
    return message;
  }
}
