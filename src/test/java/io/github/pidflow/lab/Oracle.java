package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The independent measure: tcpdump in the same namespace, on the same packets. libpcap delivers a
 * loopback packet once. Packets dropped by tcpdump are an error: an oracle that lost a packet
 * cannot judge.
 */
public final class Oracle implements AutoCloseable {
  private static final int END_SECONDS = 20;
  private static final long SETTLE_NANOS = 200_000_000;
  private static final Pattern DROPPED = Pattern.compile("(\\d+) packets? dropped by (\\w+)");

  private final Process tcpdump;
  private final BufferedReader stderr;
  private final Path file;

  private Oracle(Process tcpdump, BufferedReader stderr, Path file) {
    this.tcpdump = tcpdump;
    this.stderr = stderr;
    this.file = file;
  }

  /** Starts tcpdump and returns when it listens; {@code interfaceName} may be {@code any}. */
  public static Oracle start(Node node, String interfaceName) {
    try {
      Path file = Files.createTempFile("pidflow-oracle", ".pcap");
      Process tcpdump =
          node.start(
              new ProcessBuilder(
                  "tcpdump",
                  "-i",
                  interfaceName,
                  "-n",
                  "-p",
                  "-s",
                  "128",
                  "-B",
                  "32768",
                  "-U",
                  "--immediate-mode",
                  "-Z",
                  "root",
                  "-w",
                  file.toString()));
      BufferedReader stderr =
          new BufferedReader(new InputStreamReader(tcpdump.getErrorStream(), UTF_8));
      StringBuilder said = new StringBuilder();
      for (String line = stderr.readLine(); line != null; line = stderr.readLine()) {
        if (line.contains("listening on")) {
          return new Oracle(tcpdump, stderr, file);
        }
        said.append(line).append('\n');
      }
      throw new IllegalStateException("tcpdump does not listen: " + said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes seen so far. */
  public Ledger read() {
    try {
      return CaptureFile.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** The bytes seen after tcpdump has caught up: two reads with a pause between are equal. */
  public Ledger settled() {
    try {
      long seenBytes = -1;
      while (seenBytes != Files.size(file)) {
        seenBytes = Files.size(file);
        Waiting.pause(SETTLE_NANOS);
      }
      return read();
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** Ends the capture and returns all of it, or throws if tcpdump lost a packet. */
  public Ledger stop() {
    settled();
    try {
      // By its handle, because Process.destroy() also closes the pipe with tcpdump's statistics.
      tcpdump.toHandle().destroy();
      String words = String.join("\n", stderr.lines().toList());
      if (!tcpdump.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("tcpdump does not end: " + words);
      }
      Matcher dropped = DROPPED.matcher(words);
      if (!dropped.find()) {
        throw new IllegalStateException("tcpdump does not say what it dropped: " + words);
      }
      do {
        if (!dropped.group(1).equals("0")) {
          throw new IllegalStateException("tcpdump lost packets: " + words);
        }
      } while (dropped.find());
      return read();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() {
    tcpdump.destroyForcibly();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }
}
