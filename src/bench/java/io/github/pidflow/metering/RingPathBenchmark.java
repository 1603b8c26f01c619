package io.github.pidflow.metering;

import io.github.pidflow.capture.Arphrd;
import io.github.pidflow.capture.MemoryRing;
import io.github.pidflow.decode.FrameBuilder;
import io.github.pidflow.flow.PacketType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reads a million packets from a ring's memory and counts them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class RingPathBenchmark {
  private static final int MILLION = 1_000_000;
  private static final int PACKETS = 16_384;

  @Param({"1", "10000"})
  private int flows;

  @Param({"mixed"})
  private String order;

  private final MemoryRing ring = new MemoryRing(0, 1 << 20, 16);
  private PacketPipeline pipeline;

  @Setup
  public void fill() {
    ManyFlows traffic = new ManyFlows(flows, order);
    pipeline = traffic.pipeline();
    int packets = 0;
    while (ring.add(
        traffic.packet(packets, PACKETS),
        Arphrd.ETHER,
        FrameBuilder.INTERFACE_INDEX,
        PacketType.HOST)) {
      packets++;
    }
  }

  @Benchmark
  public void million() {
    pipeline.attribution().advanceTo(System.nanoTime());
    int packets = 0;
    while (packets < MILLION) {
      packets += ring.read(pipeline, Integer.MAX_VALUE);
    }
    pipeline.publishCounters();
  }
}
