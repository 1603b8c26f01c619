package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Malformed requests are refused or cut off, and do not affect other clients. */
@Timeout(60)
class HostileClientsTest {
  private static final String END = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private LocalEndpoint endpoint;

  @BeforeEach
  void start() throws Exception {
    System.setErr(new PrintStream(printed, true, ISO_8859_1));
    endpoint =
        new LocalEndpoint(new TrafficFamilies(Snapshots::small, Snapshots::capture, () -> 1));
  }

  @AfterEach
  void stop() {
    endpoint.close();
    System.setErr(stderr);
    assertFalse(printed.toString(ISO_8859_1).contains("\tat "), () -> printed.toString(ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /metrics\r\n\r\n",
        "GET http://[::1 HTTP/1.1\r\n\r\n",
        "GET /%zz HTTP/1.1\r\n\r\n",
        "GET /metrics?name[]=%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /metrics HTTP/9.9\r\nHost: a\r\n\r\n",
        "POST /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /metrics HTTP/1.1\r\nContent-Length: 1e9\r\n\r\n",
        "POST /metrics HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nno colon\r\nConnection: close\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n folded\r\nConnection: close\r\n\r\n",
        "\0\1\2\3\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
      })
  void shouldAnswerWithoutAStackTraceOrClose(String request) throws Exception {
    assertHarmless(request);
  }

  @Test
  void shouldNotBufferAnEndlessRequestLine() throws Exception {
    assertRefused("GET /" + "a".repeat(8 << 20) + END);
  }

  @Test
  void shouldNotBufferAnEndlessHeader() throws Exception {
    assertRefused("GET /metrics HTTP/1.1\r\nA: " + "a".repeat(8 << 20) + "\r\n\r\n");
  }

  @Test
  void shouldNotBufferAnUnlimitedNumberOfHeaders() throws Exception {
    StringBuilder request = new StringBuilder("GET /metrics HTTP/1.1\r\n");
    for (int i = 0; i < 100_000; i++) {
      request.append("A").append(i).append(": b\r\n");
    }
    assertRefused(request.append("\r\n").toString());
  }

  @Test
  void shouldNotReadAnUnexpectedBody() throws Exception {
    assertRefused(
        "POST /metrics HTTP/1.1\r\nContent-Length: 8388608\r\nConnection: close\r\n\r\n"
            + "a".repeat(8 << 20));
  }

  private void assertRefused(String request) throws Exception {
    String answer = answer(request);
    assertTrue(answer.isEmpty() || answer.matches("HTTP/1\\.1 4[0-9][0-9]"), answer);
    assertEquals(200, endpoint.get("/metrics").statusCode());
  }

  private void assertHarmless(String request) throws Exception {
    String answer = answer(request);
    // A page is fine too: odd but complete requests may be answered.
    assertTrue(answer.isEmpty() || answer.matches("HTTP/1\\.1 (200|4[0-9][0-9]|50[0-9])"), answer);
    assertEquals(200, endpoint.get("/metrics").statusCode());
  }

  /** Version and status, or nothing if the connection was closed without an answer. */
  private String answer(String request) {
    try (Socket socket = endpoint.connectAndSend("")) {
      try {
        socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      } catch (IOException e) {
        // The server refuses the rest, but may have answered all the same.
      }
      return new String(socket.getInputStream().readNBytes(12), ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
