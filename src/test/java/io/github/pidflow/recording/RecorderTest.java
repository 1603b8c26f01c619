package io.github.pidflow.recording;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.decode.FrameDecoder;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.UnattributedReason;
import io.github.pidflow.recording.RecordingStatus.Written;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import io.github.pidflow.runtime.DaemonCounters;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a frame to the file, which is read by a reader that knows only the format. */
@Timeout(30)
class RecorderTest {
  private static final String HERE = "10.0.0.5";
  private static final String THERE = "192.0.2.7";
  private static final ProcessInfo NGINX = ProcessInfo.named(812, "nginx");
  private static final ProcessInfo CURL = ProcessInfo.named(813, "curl");
  private static final long SEEN_NANOS = 1_700_000_000_123_456_789L;
  private static final int EPB = 6;

  /** Of one of 16 recordings. */
  private static final int RING_BYTES = 1 << 22;

  private static final int COMMENT = 1;
  private static final int FLAGS = 2;

  @TempDir private Path folder;
  private final DaemonCounters counters = new DaemonCounters();
  private final FrameDecoder decoder = new FrameDecoder(new CounterBatch(counters));
  private final Segment segment = new Segment();
  private final Recordings recordings =
      new Recordings(
          new Recordings.Context(
              "pidflow test", 0, 16, true, pid -> true, () -> 0, () -> {}, counters));
  private final Recorder recorder =
      new Recorder(recordings, (namespace, index) -> "eth" + namespace + index);

  @AfterEach
  void end() {
    recorder.close();
    recordings.close();
  }

  @Test
  void shouldWriteStandardPcapng() throws Exception {
    String id = begin(Set.of(812), Set.of(), "", 262_144);
    FrameBuilder builder = tcp().payload(61).at(SEEN_NANOS);
    record(builder.frame(), Direction.RX, NGINX);
    record(reply().at(SEEN_NANOS + 1).frame().packetType(PacketType.OUTGOING), Direction.TX, NGINX);
    record(tcp().frame(), Direction.RX, CURL);

    List<PcapngReader.Block> blocks = complete(id);

    assertEquals(List.of(0x0a0d0d0a, 1, EPB, EPB, 5), types(blocks));
    assertEquals("pidflow test", blocks.get(0).text(4));
    assertTrue(blocks.get(0).text(COMMENT).startsWith("packets of pid 812"));
    assertEquals(1, blocks.get(1).fixed().getShort(0));
    assertEquals("eth07", blocks.get(1).text(2));
    assertArrayEquals(new byte[] {9}, blocks.get(1).options().get(9));
    PcapngReader.Block first = blocks.get(2);
    assertEquals(ByteBuffer.wrap(builder.bytes()), first.packet());
    assertEquals(SEEN_NANOS, first.timestamp(4));
    assertEquals(builder.bytes().length, first.fixed().getInt(16));
    assertEquals("pid=812 comm=nginx", first.text(COMMENT));
    assertEquals(1 | 1 << 2, first.number(FLAGS));
    assertEquals(2, blocks.get(3).number(FLAGS));
    assertEquals(2, blocks.get(4).number(4));
  }

  @Test
  void shouldKeepTheWireLengthOfTruncatedPackets() throws Exception {
    String id = begin(Set.of(), Set.of("nginx"), "", 64);
    byte[] whole = tcp().payload(1000).bytes();
    record(tcp().payload(1000).frame(), Direction.RX, NGINX);

    PcapngReader.Block packet = complete(id).get(2);

    assertEquals(ByteBuffer.wrap(whole, 0, 64), packet.packet());
    assertEquals(whole.length, packet.fixed().getInt(16));
  }

  @Test
  void shouldRestoreTheVlanTagTheKernelRemoved() throws Exception {
    String id = begin(Set.of(812), Set.of(), "tcp", 262_144);
    byte[] untagged = tcp().payload(9).bytes();
    record(tcp().payload(9).movedVlan(0x2005).frame(), Direction.RX, NGINX);

    PcapngReader.Block packet = complete(id).get(2);

    ByteBuffer expected = ByteBuffer.allocate(untagged.length + 4);
    expected.put(untagged, 0, 12).putShort((short) 0x8100).putShort((short) 0x2005);
    expected.put(untagged, 12, untagged.length - 12);
    assertEquals(expected.flip(), packet.packet());
    assertEquals(expected.capacity(), packet.fixed().getInt(16));
  }

  @Test
  void shouldWaitForTheOwnerAndKeepTheTimestamp() throws Exception {
    String id = begin(Set.of(812), Set.of(), "", 262_144);
    Segment flow = park(tcp().payload(5).at(SEEN_NANOS).frame(), Direction.RX);
    park(tcp().payload(6).frame(), Direction.RX);
    Segment other = park(FrameBuilder.ethernet().ipv4(THERE, HERE).udp(1, 2).frame(), Direction.RX);
    record(reply().frame(), Direction.TX, NGINX);
    flow.reverse();
    recorder.attributed(flow, NGINX, 0);
    flow.reverse();
    recorder.attributed(flow, NGINX, 0);
    recorder.attributed(other, CURL, 0);

    List<PcapngReader.Block> packets = packets(complete(id));

    assertEquals(3, packets.size());
    assertEquals(SEEN_NANOS, packets.get(1).timestamp(4));
    assertEquals(ByteBuffer.wrap(tcp().payload(6).bytes()), packets.get(2).packet());
  }

  @Test
  void shouldNameBothEndsWhenBothAreKnown() throws Exception {
    String id = begin(Set.of(812, 813), Set.of(), "", 262_144);
    Frame frame = tcp().frame();
    decoder.decode(frame, segment);
    recorder.begin(frame, segment);
    assertTrue(recorder.isInPacket());
    recorder.parked(turned(frame, Direction.RX));
    recorder.parked(turned(frame, Direction.TX));
    recorder.end();
    recorder.attributed(turned(frame, Direction.RX), NGINX, 0);
    recorder.attributed(turned(frame, Direction.TX), CURL, 0);

    List<PcapngReader.Block> packets = packets(complete(id));

    assertEquals(1, packets.size());
    assertEquals("from pid=813 comm=curl to pid=812 comm=nginx", packets.get(0).text(COMMENT));
  }

  @Test
  void shouldRecordUnattributedPacketsWhenSelectedOnlyByFilter() throws Exception {
    String id = begin(Set.of(), Set.of(), "tcp", 262_144);
    Frame frame = tcp().frame();
    decoder.decode(frame, segment);
    recorder.begin(frame, segment);
    recorder.unattributed(turned(frame, Direction.RX), UnattributedReason.NO_SOCKET);
    recorder.end();
    recorder.begin(frame, segment);
    recorder.forwarded(segment);
    recorder.end();
    recorder.begin(frame, segment);
    recorder.skip();
    recorder.end();
    record(tcp().frame(), Direction.RX, CURL);
    Frame udp = FrameBuilder.ethernet().ipv4(THERE, HERE).udp(1, 2).frame();
    decoder.decode(udp, segment);
    recorder.begin(udp, segment);
    assertFalse(recorder.isInPacket());
    recorder.end();

    List<PcapngReader.Block> packets = packets(complete(id));

    assertEquals(
        List.of("unattributed=no_socket", "forwarded", "pid=813 comm=curl"),
        packets.stream().map(each -> each.text(COMMENT)).toList());
  }

  @Test
  void shouldStateTheSamplingRateOfAPacket() throws Exception {
    String id = begin(Set.of(812), Set.of(), "", 262_144);
    record(tcp().frame().weight(8), Direction.RX, NGINX);

    List<PcapngReader.Block> blocks = complete(id);

    assertEquals("pid=812 comm=nginx one_in=8", blocks.get(2).text(COMMENT));
    assertTrue(blocks.get(3).text(COMMENT).contains("stand for 8"), blocks.get(3).text(COMMENT));
    assertEquals(8, recordings.status(id).orElseThrow().oneIn());
  }

  /** Not while the kernel still copies whole packets. */
  @Test
  void shouldStateThatPacketsAreTruncatedByTheKernel() throws Exception {
    String id = begin(Set.of(812), Set.of(), "", 262_144);
    recorder.yieldToCounting();
    assertEquals(0, recorder.snapLength());
    assertFalse(recordings.status(id).orElseThrow().isCut());

    recorder.beginRecordings(1);

    assertTrue(recordings.status(id).orElseThrow().isCut());
  }

  /** The owner of its last packets may not be known yet. */
  @Test
  void shouldNotReportTruncationAfterTheRecordingEnded() throws Exception {
    String id = begin(Set.of(812), Set.of(), "", 262_144);
    recordings.end(id, "the test is done");
    recorder.update(System.nanoTime());
    recorder.yieldToCounting();

    recorder.beginRecordings(1);

    assertFalse(recordings.status(id).orElseThrow().isCut());
  }

  /** Nothing drains its ring. */
  @Test
  void shouldCountPacketsDroppedWhenFull() throws Exception {
    RecordingRequest request =
        new RecordingRequest(Set.of(812), Set.of(), "", Duration.ofMinutes(1), 1 << 20, 1, 262_144);
    Selection selection = new Selection(request.pids(), request.comms(), "", null);
    Recording recording = new Recording("x", request, selection, new BlockRing(1 << 16), counters);
    Frame frame = tcp().payload(946).frame();
    for (int i = 0; i < 100; i++) {
      recording.put(frame, 7, PacketType.HOST, (namespace, index) -> "eth0", new byte[3]);
    }

    long put = 0;
    ByteBuffer blocks = recording.ring().take();
    for (int at = blocks.position(); at < blocks.limit(); at += blocks.getInt(at + 4)) {
      put += blocks.getInt(at) == EPB ? 1 : 0;
    }
    assertTrue(put > 50 && put < 65, put + " of 1 KiB in 64 KiB");
    assertEquals(100 - put, recording.dropped());
    assertEquals(100 - put, counters.value(DaemonCounter.RECORDING_DROPS));
    assertEquals(100, recording.interfaces().counts(0).received());
  }

  @Test
  void shouldGiveTheBufferOfAnEndedRecordingToTheNext() throws Exception {
    complete(begin(Set.of(812), Set.of(), "", 96));
    long one = directBytes();

    for (int i = 0; i < 5; i++) {
      Files.delete(folder.resolve("out.pcapng"));
      String id = begin(Set.of(812), Set.of(), "", 96);
      record(tcp().payload(61).at(SEEN_NANOS).frame(), Direction.RX, NGINX);
      assertEquals(1, packets(complete(id)).size());
    }

    long more = directBytes() - one;
    assertTrue(more < RING_BYTES, () -> more + " bytes more than for one recording");
  }

  @Test
  void shouldOpenNoOtherFileThatHasItsName() throws Exception {
    String id = begin(Set.of(812), Set.of(), "", 96);
    complete(id);
    Written file = recordings.status(id).orElseThrow().files().get(0);
    try (InputStream in = file.open()) {
      assertEquals(file.bytes(), in.readAllBytes().length);
    }
    Path secret = Files.writeString(folder.resolve("secret"), "root:*:");

    Files.delete(file.path());
    assertThrows(NoSuchFileException.class, file::open);
    Files.createSymbolicLink(file.path(), secret);
    assertThrows(NoSuchFileException.class, file::open);
    Files.delete(file.path());
    Files.createLink(file.path(), secret);
    assertThrows(NoSuchFileException.class, file::open);
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getTotalCapacity)
        .sum();
  }

  private String begin(Set<Integer> pids, Set<String> comms, String filter, int snapLength)
      throws Exception {
    RecordingRequest request =
        new RecordingRequest(pids, comms, filter, Duration.ofMinutes(1), 1 << 20, 1, snapLength);
    Path file = folder.resolve("out.pcapng");
    CompletableFuture<String> begun =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return recordings.begin(request, id -> file, false);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    while (!begun.isDone()) {
      recorder.update(System.nanoTime());
      recorder.beginRecordings(0);
    }
    assertEquals(snapLength, recorder.snapLength());
    return begun.get();
  }

  private void record(Frame frame, Direction side, ProcessInfo process) {
    decoder.decode(frame, segment);
    segment.direction(side);
    recorder.begin(frame, segment);
    recorder.attributed(segment, process, 0);
    recorder.end();
  }

  private Segment park(Frame frame, Direction side) {
    decoder.decode(frame, segment);
    segment.direction(side);
    recorder.begin(frame, segment);
    assertTrue(recorder.isInPacket());
    recorder.parked(segment);
    recorder.end();
    return turned(frame, side);
  }

  private Segment turned(Frame frame, Direction side) {
    Segment flow = new Segment();
    decoder.decode(frame, flow);
    flow.direction(side);
    return flow;
  }

  private List<PcapngReader.Block> complete(String id) throws Exception {
    recordings.end(id, "the test is done");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!recordings.await(id, Duration.ofMillis(1)) && System.nanoTime() - deadline < 0) {
      recorder.update(System.nanoTime());
    }
    assertEquals("done", recordings.status(id).orElseThrow().state());
    return PcapngReader.read(folder.resolve("out.pcapng"));
  }

  private static List<PcapngReader.Block> packets(List<PcapngReader.Block> blocks) {
    return blocks.stream().filter(each -> each.type() == EPB).toList();
  }

  private static List<Integer> types(List<PcapngReader.Block> blocks) {
    return blocks.stream().map(PcapngReader.Block::type).toList();
  }

  private static FrameBuilder tcp() {
    return FrameBuilder.ethernet().ipv4(THERE, HERE).tcp(51000, 443, FrameBuilder.ACK);
  }

  private static FrameBuilder reply() {
    return FrameBuilder.ethernet().ipv4(HERE, THERE).tcp(443, 51000, FrameBuilder.ACK);
  }
}
