package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.opentest4j.AssertionFailedError;

/** systemd's end of {@code NOTIFY_SOCKET}: a real socket, held by another process. */
public final class NotifyReceiver implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Process process;
  private final String address;
  private final Path folder;
  private final BlockingQueue<List<String>> received = new LinkedBlockingQueue<>();
  private volatile long monotonicMicros;

  private NotifyReceiver(Process process, String address, Path folder) {
    this.process = process;
    this.address = address;
    this.folder = folder;
  }

  /** Opens a socket at a world-writable path, or in the abstract namespace. */
  public static NotifyReceiver open(boolean isAbstract) {
    try {
      Path folder = Files.createTempDirectory(WorldReadable.FOLDER, "pidflow-notify");
      WorldReadable.set(folder);
      String address =
          isAbstract ? "@pidflow-" + UUID.randomUUID() : folder.resolve("notify").toString();
      Process process =
          new ProcessBuilder(Script.command("notify_receiver.py", address))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      NotifyReceiver receiver = new NotifyReceiver(process, address, folder);
      BufferedReader lines = process.inputReader(UTF_8);
      if (!"listening".equals(lines.readLine())) {
        throw new IllegalStateException("notify_receiver.py does not listen");
      }
      Thread reader = new Thread(() -> lines.lines().forEach(receiver::take), "notify-receiver");
      reader.setDaemon(true);
      reader.start();
      return receiver;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The value of {@code NOTIFY_SOCKET} for this socket. */
  public String address() {
    return address;
  }

  /** The lines of the next datagram; fails if none comes. */
  public List<String> next() {
    return within(PATIENCE)
        .orElseThrow(() -> new AssertionFailedError("systemd is told nothing for " + PATIENCE));
  }

  /** The lines of the next datagram, if one comes in time. */
  public Optional<List<String>> within(Duration limit) {
    try {
      return Optional.ofNullable(received.poll(limit.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: the test's time is up", e);
    }
  }

  /** Waits for a datagram with this first line, skipping others, and returns its lines. */
  public List<String> await(String firstLine) {
    List<String> lines = next();
    while (!lines.get(0).equals(firstLine)) {
      lines = next();
    }
    return lines;
  }

  /** The time of the last datagram, on the clock of {@code MONOTONIC_USEC}. */
  public long monotonicMicros() {
    return monotonicMicros;
  }

  private void take(String line) {
    List<String> fields = Arrays.asList(line.split("\t", -1));
    monotonicMicros = Long.parseLong(fields.get(0));
    received.add(fields.subList(1, fields.size()));
  }

  @Override
  public void close() {
    process.destroyForcibly();
    folder.resolve("notify").toFile().delete();
    folder.toFile().delete();
  }
}
