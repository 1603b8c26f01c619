package io.github.pidflow.exposition;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import io.github.pidflow.webconfig.WebAccess;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSession;

/**
 * Access control of the recordings: a client must have authenticated by a password or a verified
 * certificate, or must connect from this host. Requests that a browser makes for a page of another
 * site are refused, including those of a host name rebound to this host (DNS rebinding).
 */
final class RecordingsAccess {
  private static final List<String> FORWARDED = List.of("Forwarded", "X-Forwarded-For", "Via");
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");
  private static final Set<String> OWN_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");

  private final boolean enabled;
  private final Optional<WebAccess> access;

  /**
   * @param access empty without a web configuration
   */
  RecordingsAccess(boolean enabled, Optional<WebAccess> access) {
    this.enabled = enabled;
    this.access = access;
  }

  void require(HttpExchange exchange) throws ApiRefusal {
    if (!enabled) {
      throw ApiRefusal.forbidden("recordings are disabled: set pidflow.recordings.enabled");
    }
    Headers headers = exchange.getRequestHeaders();
    String site = headers.getFirst("Sec-Fetch-Site");
    if (site != null && !OWN_SITES.contains(site)) {
      throw ApiRefusal.forbidden("cross-site requests are not allowed");
    }
    String host = headers.getFirst("Host");
    String origin = headers.getFirst("Origin");
    if (origin != null && !isOf(origin, host)) {
      throw ApiRefusal.forbidden("cross-site requests are not allowed");
    }
    if (!isAuthenticated(exchange) && !isLocal(exchange, host)) {
      throw ApiRefusal.forbidden(
          "recordings require a password or client certificate (pidflow.web.config-file), or a"
              + " request to http://localhost from this host");
    }
  }

  private boolean isAuthenticated(HttpExchange exchange) {
    SSLSession session = exchange instanceof HttpsExchange secure ? secure.getSSLSession() : null;
    return access.filter(each -> each.isAuthenticated(session)).isPresent();
  }

  private static boolean isOf(String origin, String host) {
    try {
      return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether it came over loopback, not through a proxy, and to a name that is always local. */
  private static boolean isLocal(HttpExchange exchange, String host) {
    Headers headers = exchange.getRequestHeaders();
    return exchange.getRemoteAddress().getAddress().isLoopbackAddress()
        && FORWARDED.stream().noneMatch(headers::containsKey)
        && host != null
        && OWN_HOSTS.contains(host.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT));
  }
}
