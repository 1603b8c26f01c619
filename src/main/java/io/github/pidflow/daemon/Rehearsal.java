package io.github.pidflow.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.pidflow.cli.Natives;
import io.github.pidflow.cli.SettingsOption;
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
 * {@code pidflow rehearse}: a start, the first scrapes and the stop, on a port nobody knows. A JVM
 * that is told to (-XX:ArchiveClassesAtExit) writes down every class this took, and the next start
 * finds them as they are wanted in memory. It is for the launchers, and no command of picocli's: a
 * class that was used with one of picocli's would be left out.
 *
 * <p>Where the privilege for it all lacks, what came until then is worth writing down too.
 */
public final class Rehearsal {
  public static final String COMMAND = "rehearse";

  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  private static final int OK = 0;
  private static final int INCOMPLETE = 1;
  private static final Map<String, String> ALONE =
      Map.of(
          "pidflow.web.listen-address", "127.0.0.1:0",
          "pidflow.namespaces", "host",
          "pidflow.log.level", "warn");
  private static final String[] ACCEPTED = {
    "*/*", "application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip"
  };

  private Rehearsal() {}

  /** Answers the exit code. */
  public static int run() {
    try {
      PlainRun.of("run");
      Natives natives = Natives.load();
      LoadedSettings loaded = settings();
      SettingsOption.use(loaded.settings().log());
      natives.await();
      SdNotify systemd = SdNotify.of(Map.of(), ProcessHandle.current().pid());
      try (Daemon daemon = Daemon.start(loaded, Rehearsal::settings, systemd)) {
        for (String accepted : ACCEPTED) {
          scrape(daemon.address(), accepted);
        }
      }
      return OK;
    } catch (Exception | LinkageError e) {
      LOG.info("rehearsed in part: {}", e.toString());
      return INCOMPLETE;
    }
  }

  private static LoadedSettings settings() throws InvalidSettingsException {
    return SettingsReader.load(Optional.empty(), ALONE);
  }

  /** By hand, since a client's classes are not wanted. */
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
