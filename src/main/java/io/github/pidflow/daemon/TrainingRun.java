package io.github.pidflow.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.pidflow.cli.LogLevel;
import io.github.pidflow.config.LoadedSettings;
import io.github.pidflow.config.SettingsReader;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code pidflow rehearse}, the training run for the class archive: starts the daemon on a free
 * port, scrapes it and stops it. With -XX:ArchiveClassesAtExit the JVM then archives every class
 * loaded, and later starts map them from the archive. Only the launchers use it. It is not a
 * picocli command because a class that refers to one of picocli's cannot be archived.
 *
 * <p>Without the privilege to start the daemon, the classes loaded until then are archived.
 */
final class TrainingRun {
  static final String COMMAND = "rehearse";

  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  private static final int OK = 0;
  private static final int INCOMPLETE = 1;
  private static final Map<String, String> SETTINGS =
      Map.of(
          "pidflow.web.listen-address", "127.0.0.1:0",
          "pidflow.namespaces", "host",
          "pidflow.log.level", "warn");
  private static final String[] ACCEPTED = {
    "*/*", "application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip"
  };

  private TrainingRun() {}

  /** Returns the exit code. */
  static int run() {
    try {
      RunArguments.parse("run");
      NativeLoader natives = NativeLoader.start();
      LoadedSettings loaded = settings();
      LogLevel.apply(loaded.settings().log());
      natives.await();
      SdNotify systemd = SdNotify.of(Map.of(), ProcessHandle.current().pid());
      try (Daemon daemon = Daemon.start(loaded, TrainingRun::settings, systemd)) {
        for (String accepted : ACCEPTED) {
          scrape(daemon.address(), accepted);
        }
      }
      return OK;
    } catch (Exception | LinkageError e) {
      LOG.info("the class archive is incomplete: {}", e.toString());
      return INCOMPLETE;
    }
  }

  private static LoadedSettings settings() throws InvalidSettingsException {
    return SettingsReader.load(Optional.empty(), SETTINGS);
  }

  /** Sends the request over a plain socket, so that no classes of an HTTP client are archived. */
  private static void scrape(InetSocketAddress address, String accepted) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      String request =
          "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: "
              + accepted
              + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      socket.getInputStream().readAllBytes();
    }
  }
}
