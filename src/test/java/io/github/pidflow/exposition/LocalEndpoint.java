package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.config.RecordingSettings;
import io.github.pidflow.config.WebSettings;
import io.github.pidflow.exposition.MetricsPage.Part;
import io.github.pidflow.recording.Recorder;
import io.github.pidflow.recording.Recordings;
import io.github.pidflow.runtime.BuildInfo;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.DistinctErrors;
import io.github.pidflow.runtime.ReloadStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A real endpoint on a free port of the loopback address, and a client for it. */
final class LocalEndpoint implements AutoCloseable {
  final DaemonCounters counters;
  final DistinctErrors errors;
  volatile boolean ready = true;
  volatile String notReadyReason = "";
  volatile Supplier<TrafficSnapshot> traffic = Snapshots::small;
  volatile Map<String, Boolean> components = Map.of("metering", true);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final HttpEndpoint endpoint;
  private final Path folder = Files.createTempDirectory("pidflow-recordings");
  private final Recordings recordings;
  private final Thread capturing = new Thread(this::capture, "capturing");
  private volatile boolean closed;

  LocalEndpoint(Part... parts) throws IOException {
    this(null, Optional.empty(), parts);
  }

  LocalEndpoint(TrafficFamilies traffic) throws IOException {
    this(Part.of("traffic", traffic));
  }

  /** An endpoint with reload enabled unless the handler is null. */
  LocalEndpoint(Supplier<ReloadStatus> reload, Part... parts) throws IOException {
    this(reload, Optional.empty(), parts);
  }

  /** An endpoint with recordings enabled or not. */
  static LocalEndpoint recording(boolean enabled) throws IOException {
    return new LocalEndpoint(new DaemonCounters(), null, Optional.empty(), enabled);
  }

  LocalEndpoint(Optional<Path> webConfig, Part... parts) throws IOException {
    this(null, webConfig, parts);
  }

  LocalEndpoint(Supplier<ReloadStatus> reload, Optional<Path> webConfig, Part... parts)
      throws IOException {
    this(new DaemonCounters(), reload, webConfig, true, parts);
  }

  /** An endpoint with the given components and counters. */
  LocalEndpoint(DaemonCounters counters, Part... parts) throws IOException {
    this(counters, null, Optional.empty(), true, parts);
  }

  private LocalEndpoint(
      DaemonCounters counters,
      Supplier<ReloadStatus> reload,
      Optional<Path> webConfig,
      boolean recordingsEnabled,
      Part... parts)
      throws IOException {
    this.counters = counters;
    errors = new DistinctErrors(counters);
    RecordingSettings recordingSettings =
        new RecordingSettings(
            recordingsEnabled, folder.resolve("made"), 2, Duration.ofMinutes(1), 2 << 20, 0);
    recordings =
        new Recordings(
            new Recordings.Context(
                "pidflow 1.2.3",
                0,
                16,
                true,
                pid -> pid == ProcessHandle.current().pid(),
                () -> 0,
                () -> {},
                counters));
    capturing.setDaemon(true);
    capturing.start();
    endpoint =
        new HttpEndpoint(
            new HttpEndpoint.Context(
                new WebSettings("127.0.0.1", 0, reload != null, webConfig),
                new BuildInfo("1.2.3", "0123456789ab"),
                new MetricsPage(List.of(parts), counters, errors),
                new DaemonView(
                    () -> traffic.get(),
                    Snapshots::capture,
                    () -> components,
                    () -> 0.25,
                    () -> ready,
                    () -> notReadyReason,
                    reload),
                recordingSettings,
                recordings,
                counters,
                errors));
    endpoint.start();
  }

  int port() {
    return endpoint.address().getPort();
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .timeout(Duration.ofSeconds(20));
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = request(path);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString(UTF_8));
  }

  HttpResponse<byte[]> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofByteArray());
  }

  HttpResponse<String> sendForText(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString(UTF_8));
  }

  /** A new connection with a minimal receive buffer, on which the given request was sent. */
  Socket connectAndSend(String text) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(1024);
    socket.setSoTimeout(20_000);
    socket.connect(endpoint.address());
    socket.getOutputStream().write(text.getBytes(UTF_8));
    return socket;
  }

  /** The metering thread's part in recordings, without packets. */
  private void capture() {
    Recorder recorder = new Recorder(recordings, (namespace, index) -> "eth" + index);
    while (!closed) {
      recorder.update(System.nanoTime());
      recorder.beginRecordings(0);
      LockSupport.parkNanos(1_000_000);
    }
    recorder.close();
  }

  @Override
  public void close() {
    endpoint.close();
    recordings.close();
    if (closed) {
      return;
    }
    closed = true;
    try {
      capturing.join(20_000);
      Path made = folder.resolve("made");
      if (Files.exists(made)) {
        try (Stream<Path> files = Files.list(made)) {
          for (Path each : files.toList()) {
            Files.delete(each);
          }
        }
        Files.delete(made);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
