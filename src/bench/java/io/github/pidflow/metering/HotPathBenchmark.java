package io.github.pidflow.metering;

import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.flow.Frame;
import io.github.pidflow.flow.LinkType;
import io.github.pidflow.flow.PacketType;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Decodes frames in memory, finds their owners and counts them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class HotPathBenchmark {
  private static final int FRAMES = 16_384;
  private static final int SLOT_BYTES = 128;

  @Param({"1", "100", "10000"})
  private int flows;

  /** Whether packets of a flow arrive in runs, as they do from a ring, or fully mixed. */
  @Param({"runs", "mixed"})
  private String order;

  private final Frame frame = new Frame();
  private final ByteBuffer memory = ByteBuffer.allocateDirect(FRAMES * SLOT_BYTES);
  private int frameBytes;
  private PacketPipeline pipeline;

  @Setup
  public void fill() {
    ManyFlows traffic = new ManyFlows(flows, order);
    pipeline = traffic.pipeline();
    for (int i = 0; i < FRAMES; i++) {
      byte[] packet = traffic.packet(i, FRAMES);
      memory.put(i * SLOT_BYTES, packet);
      frameBytes = packet.length;
    }
  }

  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void packets() {
    pipeline.attribution().advanceTo(System.nanoTime());
    for (int i = 0; i < FRAMES; i++) {
      frame
          .bytes(memory, i * SLOT_BYTES, frameBytes, frameBytes)
          .link(LinkType.ETHERNET, 0)
          .seen(FrameBuilder.INTERFACE_INDEX, PacketType.HOST, Frame.NO_VLAN_TAG, i);
      pipeline.onFrame(frame);
    }
    pipeline.publishCounters();
  }
}
