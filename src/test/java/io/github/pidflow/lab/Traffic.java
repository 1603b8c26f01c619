package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.AssertionFailedError;

/**
 * A process with traffic that Java cannot produce: one of the programs of {@code
 * src/bench/traffic}, which the accuracy table runs too. It ends with its traffic, or with the lab.
 */
public final class Traffic {
  private static final int END_SECONDS = 60;
  private static final int NOT_HERE = 77;

  private final String name;
  private final Process process;

  private Traffic(String name, Process process) {
    this.name = name;
    this.process = process;
  }

  /** Starts a program that talks to a peer. */
  public static Traffic start(Node node, String name, InetAddress address, int port) {
    String family = address.getAddress().length == 4 ? "4" : "6";
    return new Traffic(
        name,
        node.start(
            new ProcessBuilder(
                    "python3",
                    Path.of("src", "bench", "traffic").toAbsolutePath().toString(),
                    name,
                    family,
                    address.getHostAddress(),
                    Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.INHERIT)));
  }

  /** Starts a program that answers on a port, and returns when it does. */
  public static Traffic serve(Node node, String name, InetAddress address, int port) {
    Traffic traffic = start(node, name, address, port);
    try {
      var out = new BufferedReader(new InputStreamReader(traffic.process.getInputStream(), UTF_8));
      String line = out.readLine();
      if (!"ready".equals(line)) {
        throw new AssertionFailedError(name + " is not ready: " + line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return traffic;
  }

  public long pid() {
    return process.pid();
  }

  /** Waits until its traffic is done; skips the test if this kernel does not support it. */
  public void finish() throws InterruptedException {
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionFailedError(name + " does not end");
    }
    Assumptions.assumeTrue(process.exitValue() != NOT_HERE, name + " is not to be had here");
    if (process.exitValue() != 0) {
      throw new AssertionFailedError(name + " ended with " + process.exitValue());
    }
  }
}
