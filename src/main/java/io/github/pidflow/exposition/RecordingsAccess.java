package io.github.pidflow.exposition;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who may have recordings made and see them: whoever has shown a password or a verified
 * certificate, and whoever asks from this host. A page of another site in the browser of such a one
 * may not: nor one whose name was made to mean this host.
 */
final class RecordingsAccess {
  private static final List<String> FORWARDED = List.of("Forwarded", "X-Forwarded-For", "Via");
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");
  private static final Set<String> OWN_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");

  private final boolean enabled;
  private final Predicate<HttpExchange> identified;

  /**
   * @param identified whether a client has shown who it is
   */
  RecordingsAccess(boolean enabled, Predicate<HttpExchange> identified) {
    this.enabled = enabled;
    this.identified = identified;
  }

  void require(HttpExchange exchange) throws ApiRefusal {
    if (!enabled) {
      throw ApiRefusal.forbidden("not enabled: set pidflow.recordings.enabled");
    }
    Headers headers = exchange.getRequestHeaders();
    String site = headers.getFirst("Sec-Fetch-Site");
    if (site != null && !OWN_SITES.contains(site)) {
      throw ApiRefusal.forbidden("not for pages of other sites");
    }
    String host = headers.getFirst("Host");
    String origin = headers.getFirst("Origin");
    if (origin != null && !isOf(origin, host)) {
      throw ApiRefusal.forbidden("not for pages of other sites");
    }
    if (!identified.test(exchange) && !isFromHere(exchange, host)) {
      throw ApiRefusal.forbidden(
          "recordings are for who has a password or a certificate of pidflow.web.config-file, or"
              + " asks http://localhost from this host");
    }
  }

  private static boolean isOf(String origin, String host) {
    try {
      return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** By the loopback address, not through a proxy, and not by a name that only means it today. */
  private static boolean isFromHere(HttpExchange exchange, String host) {
    Headers headers = exchange.getRequestHeaders();
    return exchange.getRemoteAddress().getAddress().isLoopbackAddress()
        && FORWARDED.stream().noneMatch(headers::containsKey)
        && host != null
        && OWN_HOSTS.contains(host.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT));
  }
}
