package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.management.ThreadMXBean;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.github.pidflow.config.RecordingSettings;
import io.github.pidflow.config.WebSettings;
import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.metering.MeterStandIn;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.HTTPServer.HTTPMetricHandler;
import io.prometheus.client.exporter.common.TextFormat;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;

/**
 * Measures scrapes of a page with many processes over loopback, from the first byte of the request
 * to the last of the response, and the memory and CPU time used by all threads but the client's.
 */
public final class ScrapeBenchmark {
  private static final int WARM_UP = 1000;
  private static final int SCRAPES = 50;
  private static final String OPEN_METRICS = "Accept: application/openmetrics-text\r\n";
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final byte[] received = new byte[1 << 20];

  private ScrapeBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int processes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4_000;
    DaemonCounters counters = new DaemonCounters();
    DistinctErrors errors = new DistinctErrors(counters);
    MeterStandIn meter = new MeterStandIn(processes, counters);
    List<CaptureStatistics> capture = List.of(new CaptureStatistics("any", 1_000_000, 0));
    BuildInfo build = BuildInfo.read();
    DaemonFamilies daemon =
        new DaemonFamilies(build, counters, () -> Map.of("metering", true, "ownership", true));

    HttpEndpoint endpoint =
        new HttpEndpoint(
            new HttpEndpoint.Context(
                new WebSettings("127.0.0.1", 0),
                build,
                new MetricsPage(
                    List.of(
                        Part.of(
                            "traffic", new TrafficFamilies(meter::request, () -> capture, () -> 1)),
                        Part.of("daemon", daemon),
                        Part.of("jvm", SimpleclientFamilies.ofJvm())),
                    counters,
                    errors),
                new DaemonView(
                    meter::request,
                    () -> capture,
                    Map::of,
                    () -> 1,
                    () -> true,
                    () -> "",
                    () -> null),
                new RecordingSettings(false, Path.of("/nowhere"), 1, Duration.ofHours(1), 1, 0),
                new Recordings(
                    new Recordings.Context(
                        "", 0, 1, true, pid -> false, () -> 0, () -> {}, counters)),
                counters,
                errors));
    endpoint.start();
    CollectorRegistry registry = new CollectorRegistry();
    for (Collector each :
        List.of(
            new TrafficReference(meter::request, () -> capture, () -> 1),
            new DaemonReference(build, counters, () -> Map.of("metering", true)))) {
      registry.register(each);
    }
    DefaultExports.register(registry);

    System.out.printf(
        "%,d processes, %d scrapes each after %d to warm up; JDK %s%n%n",
        processes, SCRAPES, WARM_UP, System.getProperty("java.version"));
    System.out.printf(
        "%-36s %6s %9s %9s %9s %11s %11s%n",
        "median of each", "series", "ms", "least ms", "CPU ms", "allocated", "page");
    row("pidflow", endpoint.address(), "");
    row("pidflow, OpenMetrics", endpoint.address(), OPEN_METRICS);
    row(
        "simpleclient, a writer with a buffer",
        served(exchange -> buffered(exchange, registry)),
        "");
    row("simpleclient's own handler", served(new HTTPMetricHandler(registry)), "");
    System.exit(0);
  }

  private static InetSocketAddress served(HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    server.createContext("/metrics", handler);
    server.setExecutor(Executors.newFixedThreadPool(1));
    server.start();
    return server.getAddress();
  }

  private static final ByteArrayOutputStream PAGE = new ByteArrayOutputStream();

  private static void buffered(HttpExchange exchange, CollectorRegistry registry)
      throws IOException {
    PAGE.reset();
    try (BufferedWriter writer =
        new BufferedWriter(new OutputStreamWriter(PAGE, StandardCharsets.UTF_8))) {
      TextFormat.write004(writer, registry.metricFamilySamples());
    }
    exchange.sendResponseHeaders(200, PAGE.size());
    try (OutputStream out = exchange.getResponseBody()) {
      PAGE.writeTo(out);
    }
  }

  private static void row(String what, InetSocketAddress address, String header) throws Exception {
    new ScrapeBenchmark().measure(what, address, header);
  }

  private void measure(String what, InetSocketAddress address, String header) throws Exception {
    long[] nanos = new long[SCRAPES];
    long[] cpuNanos = new long[SCRAPES];
    long[] bytes = new long[SCRAPES];
    byte[] request =
        ("GET /metrics HTTP/1.1\r\nHost: a\r\n" + header + "\r\n").getBytes(ISO_8859_1);
    long page = 0;
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.connect(address);
      for (int i = -WARM_UP; i < SCRAPES; i++) {
        long[] others = others();
        long cpuBefore = LongStream.of(THREADS.getThreadCpuTime(others)).sum();
        long allocatedBefore = LongStream.of(THREADS.getThreadAllocatedBytes(others)).sum();
        long start = System.nanoTime();
        socket.getOutputStream().write(request);
        page = read(socket.getInputStream());
        if (i >= 0) {
          nanos[i] = System.nanoTime() - start;
          bytes[i] = LongStream.of(THREADS.getThreadAllocatedBytes(others)).sum() - allocatedBefore;
          cpuNanos[i] = LongStream.of(THREADS.getThreadCpuTime(others)).sum() - cpuBefore;
        }
      }
    }
    System.out.printf(
        "%-36s %,6d %9.2f %9.2f %9.2f %,8d kB %,8d kB%n",
        what,
        series(address, header),
        median(nanos) / 1e6,
        nanos[0] / 1e6, // already sorted
        median(cpuNanos) / 1e6,
        median(bytes) / 1000,
        page / 1000);
  }

  /** All serving threads; the JVM's compiler and GC threads are not visible here. */
  private static long[] others() {
    long self = Thread.currentThread().getId();
    return LongStream.of(THREADS.getAllThreadIds()).filter(id -> id != self).toArray();
  }

  /** Reads a whole response into existing memory and returns the length of its body. */
  private long read(InputStream in) throws IOException {
    int have = 0;
    int end = -1;
    while (end < 0) {
      have += in.read(received, have, received.length - have);
      end = new String(received, 0, have, ISO_8859_1).indexOf("\r\n\r\n");
    }
    String head = new String(received, 0, end, ISO_8859_1).toLowerCase(java.util.Locale.ROOT);
    String length = head.split("content-length: ", 2)[1].split("\r\n", 2)[0];
    long body = Long.parseLong(length);
    for (long left = body - (have - end - 4); left > 0; ) {
      left -= in.read(received, 0, (int) Math.min(left, received.length));
    }
    return body;
  }

  private static long series(InetSocketAddress address, String header) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + header + "\r\n")
                  .getBytes(ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      return answer
          .substring(answer.indexOf("\r\n\r\n") + 4)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .count();
    }
  }

  private static long median(long[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
