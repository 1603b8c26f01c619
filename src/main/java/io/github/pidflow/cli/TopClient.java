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

/** A client for the processes resource of a running daemon's API. */
final class TopClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Gson JSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .create();

  private final HttpClient http;
  private final URI daemon;
  private final Optional<String> authorization;

  /**
   * @param authorization the Authorization header, if the daemon requires one
   * @param tls the certificates to trust and to present
   */
  TopClient(URI daemon, Optional<String> authorization, SSLContext tls) {
    this.daemon = daemon;
    this.authorization = authorization;
    http = HttpClient.newBuilder().connectTimeout(TIMEOUT).sslContext(tls).build();
  }

  /** The parameters of a request. The daemon validates them. */
  record Query(String sort, String window, String match, int limit) {
    String text() {
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

  /** A response, and the JSON it was parsed from. */
  record Response(Top top, String json) {}

  /** The part of the response that is shown. */
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

  /** The envelope of every response, as in Prometheus' API. */
  private record Envelope(String status, Top data, String error) {}

  /**
   * Sends a request and waits for the response.
   *
   * @throws IOException if there is no response or it is an error
   */
  Response fetch(Query query) throws IOException {
    URI uri = daemon.resolve("/api/v1/processes?" + query.text());
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(TIMEOUT);
    authorization.ifPresent(value -> request.header("Authorization", value));
    HttpResponse<String> response = send(request.build());
    if (response.statusCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
      throw new IOException(
          daemon + " rejects the user or the password: see --user and --password-file");
    }
    Envelope envelope;
    try {
      envelope = JSON.fromJson(response.body(), Envelope.class);
    } catch (JsonParseException e) {
      envelope = null;
    }
    if (envelope != null && envelope.error() != null) {
      throw new IOException(daemon + " reports: " + printable(envelope.error()));
    }
    if (envelope == null || envelope.data() == null || envelope.data().processes() == null) {
      throw new IOException(
          daemon + " is not pidflow: its response has status " + response.statusCode());
    }
    return new Response(envelope.data(), response.body());
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return http.send(request, BodyHandlers.ofString(UTF_8));
    } catch (ConnectException e) {
      throw new IOException(
          "nothing listens on "
              + daemon
              + ": is the daemon running? Set --url if it listens elsewhere",
          e);
    } catch (IOException e) {
      throw new IOException(daemon + " does not answer: " + e + hint(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /** With TLS 1.3 a client without a certificate may see only that the connection closed. */
  private String hint(IOException e) {
    boolean isExplained = e instanceof SSLHandshakeException || e instanceof HttpTimeoutException;
    return isExplained || !daemon.getScheme().equals("https")
        ? ""
        : ": if it requires a client certificate, set --cert-file and --key-file";
  }

  /** Replaces control characters: the server could send terminal escape sequences. */
  static String printable(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
