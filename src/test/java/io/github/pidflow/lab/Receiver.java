package io.github.pidflow.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A process that receives datagrams on one socket, with socket options that Java lacks. */
public final class Receiver implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private Receiver(Process process) {
    this.process = process;
    output = process.inputReader();
  }

  /**
   * Starts a receiver and waits until its socket is bound and, if asked for, connected.
   *
   * @param options of {@code udp_receiver.py}
   */
  public static Receiver start(Node node, Object... options) {
    ProcessBuilder builder =
        new ProcessBuilder(new ArrayList<>(List.of(Script.command("udp_receiver.py", options))))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    Receiver receiver = new Receiver(node.start(builder));
    if (!"ready".equals(receiver.line())) {
      throw new IllegalStateException("udp_receiver.py " + List.of(options) + " did not start");
    }
    return receiver;
  }

  public long pid() {
    return process.pid();
  }

  /** The payload bytes received so far. */
  public long receivedBytes() {
    try {
      process.outputWriter().write("count\n");
      process.outputWriter().flush();
      return Long.parseLong(line());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String line() {
    try {
      return output.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the process and waits for its end. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
