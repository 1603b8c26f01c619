package io.github.pidflow.recording;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;

/**
 * The text of a packet's comment: {@code pid=812 comm=curl}.
 *
 * <p>A process chooses its own name, which may look like a part of the comment or hold a terminal's
 * control characters. A name that is not plain is quoted: a JSON string in printable ASCII.
 */
final class Comment {
  private static final byte[] FORWARDED = utf8("forwarded");
  private static final byte[] NOT_IP = utf8("not_ip");
  private static final byte[] UNDECIDED = utf8("unattributed=undecided");
  private static final byte[][] REASONS = new byte[UnattributedReason.values().length][];

  static {
    for (UnattributedReason each : UnattributedReason.values()) {
      REASONS[each.ordinal()] = utf8("unattributed=" + each.label());
    }
  }

  private Comment() {}

  static byte[] forwarded() {
    return FORWARDED;
  }

  static byte[] notIp() {
    return NOT_IP;
  }

  /** For a packet whose verdict was pending when the recording ended. */
  static byte[] undecided() {
    return UNDECIDED;
  }

  static byte[] of(UnattributedReason reason) {
    return REASONS[reason.ordinal()];
  }

  static byte[] of(ProcessInfo process) {
    return utf8(text(process));
  }

  /** For a packet from one process of this host to another. */
  static byte[] between(ProcessInfo sender, ProcessInfo receiver) {
    return utf8("from " + text(sender) + " to " + text(receiver));
  }

  static byte[] sampled(byte[] comment, int oneIn) {
    return utf8(new String(comment, UTF_8) + " one_in=" + oneIn);
  }

  private static String text(ProcessInfo process) {
    return "pid=" + process.pid() + " comm=" + name(process.comm());
  }

  private static String name(String comm) {
    boolean plain = !comm.isEmpty() && comm.chars().allMatch(Comment::isPlain);
    return plain ? comm : quoted(comm);
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "-_.:/+@#()[]".indexOf(c) >= 0;
  }

  /** A JSON string in printable ASCII. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c >= ' ' && c <= '~') {
        quoted.append(c);
      } else {
        quoted.append(String.format("\\u%04x", (int) c));
      }
    }
    return quoted.append('"').toString();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
