package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;

/**
 * A bash with a TCP connection that sends its input there, first by itself and later, on demand, as
 * the cat it becomes by exec: the same process and socket under another program.
 */
public final class Shell {
  private static final String SCRIPT =
      "exec 3<>/dev/tcp/%s/%d || exit 1;"
          + " while read -r line; do"
          + " if [ \"$line\" = cat ]; then exec cat >&3; fi;"
          + " printf '%%s\\n' \"$line\" >&3; done";

  private final Process process;
  private final Writer stdin;

  private Shell(Process process) {
    this.process = process;
    stdin = new OutputStreamWriter(process.getOutputStream(), UTF_8);
  }

  public static Shell connectedTo(Node node, InetAddress remote, int port) {
    return new Shell(
        node.start(
            new ProcessBuilder("bash", "-c", SCRIPT.formatted(remote.getHostAddress(), port))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)));
  }

  public long pid() {
    return process.pid();
  }

  /** Sends a line, including its line feed, over the connection. */
  public void sendLine(String line) {
    try {
      stdin.write(line + '\n');
      stdin.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces bash with cat. */
  public void becomeCat() {
    sendLine("cat");
  }
}
