package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.pidflow.accounting.TrafficSnapshot;
import io.github.pidflow.runtime.DaemonCounter;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The JVM reads the limits once, so each test runs in its own JVM with shorter ones. */
@Timeout(120)
class ServerLimitsTest {
  /** Separates the output of a main from its log. */
  private static final String SAID = "said: ";

  @Test
  void shouldCloseAConnectionWhoseRequestNeverEnds() throws Exception {
    assertEquals("closed\nhealthy\n", run(HalfARequest.class, "-Dsun.net.httpserver.maxReqTime=1"));
  }

  @Test
  void shouldAbortAResponseThatIsNotRead() throws Exception {
    assertEquals(
        "broken off\nserved\n", run(NeverReading.class, "-Dsun.net.httpserver.maxRspTime=3"));
  }

  @Test
  void shouldRefuseMoreConnectionsThanItHasThreadsFor() throws Exception {
    assertEquals("128 open\n1 refused\n", run(TooMany.class));
  }

  @Test
  void shouldReadALimitFromTheCommandLine() throws Exception {
    assertEquals("5\n7\n", run(ShownLimits.class, "-Dsun.net.httpserver.maxRspTime=7"));
  }

  private static String run(Class<?> main, String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    Process java =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (InputStream said = java.getInputStream()) {
      return new String(said.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> line.startsWith(SAID))
          .map(line -> line.substring(SAID.length()) + "\n")
          .collect(Collectors.joining());
    } finally {
      java.destroyForcibly().waitFor();
    }
  }

  private static void say(String line) {
    System.out.println(SAID + line);
  }

  static final class HalfARequest {
    public static void main(String[] args) throws Exception {
      try (LocalEndpoint endpoint = new LocalEndpoint();
          Socket socket = endpoint.connectAndSend("GET /metr")) {
        say(socket.getInputStream().read() == -1 ? "closed" : "answered");
        say(endpoint.get("/-/healthy").body().strip());
      }
    }
  }

  static final class NeverReading {
    public static void main(String[] args) throws Exception {
      TrafficSnapshot large = Snapshots.large(20_000);
      try (LocalEndpoint endpoint =
              new LocalEndpoint(new TrafficFamilies(() -> large, List::of, () -> 1));
          Socket reader = endpoint.connectAndSend("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")) {
        while (endpoint.counters.value(DaemonCounter.SCRAPE_FAILURES) == 0) {
          endpoint.get("/-/healthy");
        }
        long received = drain(reader);
        HttpResponse<String> whole = endpoint.get("/metrics");
        say(received < whole.body().length() ? "broken off" : "sent");
        say(whole.statusCode() == 200 ? "served" : "not served");
      }
    }

    private static long drain(Socket socket) {
      long bytes = 0;
      byte[] buffer = new byte[65_536];
      try {
        for (int n; (n = socket.getInputStream().read(buffer)) != -1; ) {
          bytes += n;
        }
      } catch (IOException e) {
        // A reset also ends the connection.
      }
      return bytes;
    }
  }

  static final class TooMany {
    public static void main(String[] args) throws Exception {
      List<Socket> sockets = new ArrayList<>();
      try (LocalEndpoint endpoint = new LocalEndpoint()) {
        for (int i = 0; i <= ServerLimits.MAX_CONNECTIONS; i++) {
          sockets.add(endpoint.connectAndSend(""));
        }
        long refused = sockets.subList(128, 129).stream().filter(TooMany::isClosed).count();
        long open = sockets.subList(0, 128).stream().filter(socket -> answers(socket)).count();
        say(open + " open");
        say(refused + " refused");
      }
    }

    private static boolean answers(Socket socket) {
      try {
        socket.getOutputStream().write("GET /-/healthy HTTP/1.1\r\n\r\n".getBytes(UTF_8));
        return socket.getInputStream().read() == 'H';
      } catch (IOException e) {
        return false;
      }
    }

    private static boolean isClosed(Socket socket) {
      try {
        return socket.getInputStream().read() == -1;
      } catch (IOException e) {
        return true;
      }
    }
  }

  static final class ShownLimits {
    public static void main(String[] args) throws Exception {
      new LocalEndpoint().close();
      say(System.getProperty("sun.net.httpserver.maxReqTime"));
      say(System.getProperty("sun.net.httpserver.maxRspTime"));
    }
  }
}
