package io.github.pidflow.lab;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.opentest4j.AssertionFailedError;

/** A recording, as read by tshark. */
public record RecordedFile(List<Packet> packets, int exitCode, String said) {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long POLL_NANOS = 10_000_000;

  /** Far longer than a packet takes to reach the file. */
  private static final long REST_NANOS = 500_000_000;

  private static final String MISSING = "";
  private static final List<String> FIELDS =
      List.of(
          "frame.comment",
          "frame.packet_flags_direction",
          "frame.len",
          "frame.cap_len",
          "ip.len",
          "ip.proto",
          "tcp.srcport",
          "tcp.dstport",
          "udp.srcport",
          "udp.dstport",
          "tcp.len",
          "frame.interface_name",
          "tcp.stream",
          "tcp.seq");

  /** One packet; absent fields are 0 or the empty string. */
  public record Packet(
      String comment,
      boolean sent,
      int wireLength,
      int capturedLength,
      int ipBytes,
      int protocol,
      int sourcePort,
      int destinationPort,
      int tcpBytes,
      String interfaceName,
      int tcpStream,
      long tcpSequence) {}

  /** Waits until a file that is being written has that many bytes. */
  public static void awaitBytes(Path file, long bytes) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    try {
      while (Files.size(file) < bytes) {
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionFailedError(file + " has but " + Files.size(file) + " bytes");
        }
        Waiting.pause(POLL_NANOS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits until a file that is being written stops growing: its size includes headers, so the size
   * alone proves nothing.
   */
  public static void awaitRest(Path file) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    try {
      long bytes = -1;
      while (Files.size(file) != bytes) {
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionFailedError(file + " still grows");
        }
        bytes = Files.size(file);
        Waiting.pause(REST_NANOS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a file, complete or truncated. */
  public static RecordedFile read(Path file) {
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
    command.addAll(List.of("-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"));
    FIELDS.forEach(field -> command.addAll(List.of("-e", field)));
    Command.Result result = Command.result(command, Path.of("/dev/null"));
    List<String> lines = result.output().lines().toList();
    List<Packet> packets =
        lines.stream()
            .filter(line -> line.chars().filter(c -> c == '\t').count() == FIELDS.size() - 1)
            .map(RecordedFile::packet)
            .toList();
    String said =
        lines.stream().filter(line -> line.indexOf('\t') < 0).collect(Collectors.joining("\n"));
    return new RecordedFile(packets, result.exitCode(), said);
  }

  /** Checks the file of a killed writer: all that was written, truncated only at the end. */
  public static void assertWholeButForTheEnd(Path file, long tcpBytes) {
    RecordedFile recorded = read(file);
    assertTrue(recorded.exitCode() == 0 || recorded.said().contains("cut short"), recorded.said());
    long bytes = recorded.payload();
    assertTrue(bytes >= tcpBytes, "of " + tcpBytes + " bytes " + bytes + " are in the file");
  }

  /** Payload bytes sent over TCP; retransmitted bytes count once. */
  public long payload() {
    return packets.stream()
        .filter(each -> each.tcpBytes > 0)
        .collect(Collectors.groupingBy(each -> List.of(each.tcpStream, each.sourcePort, each.sent)))
        .values()
        .stream()
        .mapToLong(RecordedFile::payload)
        .sum();
  }

  private static long payload(List<Packet> oneWay) {
    long bytes = 0;
    long end = 0;
    for (Packet each :
        oneWay.stream().sorted(Comparator.comparingLong(Packet::tcpSequence)).toList()) {
      long last = Math.max(end, each.tcpSequence + each.tcpBytes);
      bytes += last - Math.max(end, each.tcpSequence);
      end = last;
    }
    return bytes;
  }

  private static Packet packet(String line) {
    String[] fields = line.split("\t", -1);
    return new Packet(
        fields[0],
        fields[1].endsWith("2"),
        number(fields[2]),
        number(fields[3]),
        number(fields[4]),
        number(fields[5]),
        number(fields[6] + fields[8]),
        number(fields[7] + fields[9]),
        number(fields[10]),
        fields[11],
        number(fields[12]),
        fields[13].equals(MISSING) ? 0 : Long.parseLong(fields[13]));
  }

  private static int number(String field) {
    return field.equals(MISSING) ? 0 : Integer.parseInt(field);
  }

  /** IP bytes received and sent. */
  public Moved moved() {
    long rx = packets.stream().filter(each -> !each.sent).mapToLong(Packet::ipBytes).sum();
    long tx = packets.stream().filter(Packet::sent).mapToLong(Packet::ipBytes).sum();
    return new Moved(rx, tx);
  }
}
