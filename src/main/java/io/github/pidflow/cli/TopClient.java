package io.github.pidflow.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;

/** Asks a running daemon's API who moves how much. */
final class TopClient {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Gson JSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .create();

  private final HttpClient http;
  private final URI daemon;
  private final Optional<String> authorization;

  /**
   * @param authorization the header of that name, where the daemon asks for it
   * @param tls whom to believe that they are the daemon, and what to show to it
   */
  TopClient(URI daemon, Optional<String> authorization, SSLContext tls) {
    this.daemon = daemon;
    this.authorization = authorization;
    http = HttpClient.newBuilder().connectTimeout(PATIENCE).sslContext(tls).build();
  }

  /** What to ask for; the daemon says which words it knows. */
  record Question(String sort, String window, String match, int limit) {
    String query() {
      return "sort="
          + URLEncoder.encode(sort, UTF_8)
          + "&window="
          + URLEncoder.encode(window, UTF_8)
          + "&match="
          + URLEncoder.encode(match, UTF_8)
          + "&limit="
          + limit;
    }
  }

  /** The answer, and the JSON it was read from. */
  record Answer(Top top, String json) {}

  /** As much of the answer as is shown. */
  record Top(
      double measuredSeconds,
      int matchingProcesses,
      double rxBytesPerSecond,
      double txBytesPerSecond,
      List<Entry> processes) {}

  record Entry(
      int pid,
      String comm,
      String user,
      String unit,
      String containerId,
      long rxBytes,
      long txBytes,
      double rxBytesPerSecond,
      double txBytesPerSecond) {}

  /** The API's envelope; its camel case is Prometheus'. */
  private record Envelope(String status, Top data, String error) {}

  /**
   * Asks and waits.
   *
   * @throws IOException if there is no answer, or it is a refusal; the message says which
   */
  Answer ask(Question question) throws IOException {
    URI uri = daemon.resolve("/api/v1/processes?" + question.query());
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
    authorization.ifPresent(value -> request.header("Authorization", value));
    HttpResponse<String> response = send(request.build());
    if (response.statusCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
      throw new IOException(
          daemon + " refuses that user or password: see --user and --password-file");
    }
    Envelope envelope;
    try {
      envelope = JSON.fromJson(response.body(), Envelope.class);
    } catch (JsonParseException e) {
      envelope = null;
    }
    if (envelope != null && envelope.error() != null) {
      throw new IOException(daemon + " says: " + printable(envelope.error()));
    }
    if (envelope == null || envelope.data() == null || envelope.data().processes() == null) {
      throw new IOException(
          daemon + " answers with status " + response.statusCode() + " and not as pidflow does");
    }
    return new Answer(envelope.data(), response.body());
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return http.send(request, BodyHandlers.ofString(UTF_8));
    } catch (ConnectException e) {
      throw new IOException(
          "nobody listens on " + daemon + ": is the daemon running? --url names another", e);
    } catch (IOException e) {
      throw new IOException(daemon + " does not answer: " + e + hint(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** Over TLS 1.3 a refused client may see no more of the refusal than a closed connection. */
  private String hint(IOException e) {
    boolean told = e instanceof SSLHandshakeException || e instanceof HttpTimeoutException;
    return told || !daemon.getScheme().equals("https")
        ? ""
        : ": if it asks for a client certificate, --cert-file and --key-file show one";
  }

  /** Without what a terminal would obey: whatever answers there may send anything. */
  static String printable(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
