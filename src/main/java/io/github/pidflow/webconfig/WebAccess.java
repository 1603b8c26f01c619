package io.github.pidflow.webconfig;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Who may speak to the server, and how: TLS, passwords, a rate limit and extra headers, from a web
 * configuration file that may change while it is in use.
 */
public final class WebAccess {
  private final LiveConfig live;
  private final boolean tls;
  private final Passwords passwords = new Passwords(System::nanoTime);
  private volatile TokenBucket bucket;

  /** The decision on a request. */
  public enum Verdict {
    ADMITTED,
    UNAUTHENTICATED,
    TOO_MANY_REQUESTS
  }

  private WebAccess(LiveConfig live) {
    this.live = live;
    LiveConfig.Loaded loaded = live.current();
    tls = loaded.tls().isPresent();
    bucket = new TokenBucket(loaded.config().rateLimit(), System::nanoTime);
  }

  /**
   * Reads the file and the files it names.
   *
   * @throws InvalidSettingsException with all problems, if it is invalid
   */
  public static WebAccess open(Path file) throws InvalidSettingsException {
    return new WebAccess(new LiveConfig(file));
  }

  public boolean isTls() {
    return tls;
  }

  public HttpServer createServer(InetSocketAddress address, int backlog) throws IOException {
    if (!tls) {
      return HttpServer.create(address, backlog);
    }
    ReverseLookup.warnIfSlow();
    HttpsServer server = HttpsServer.create(address, backlog);
    server.setHttpsConfigurator(
        EngineContext.configurator(() -> live.current().tls().orElseThrow()));
    return server;
  }

  /**
   * Decides on a request.
   *
   * @param authorization the header of that name, or null
   * @param source the client's address
   */
  public Verdict verdict(String authorization, InetAddress source) {
    WebConfig config = live.current().config();
    if (!bucket(config.rateLimit()).take()) {
      return Verdict.TOO_MANY_REQUESTS;
    }
    return config.users().isEmpty()
        ? Verdict.ADMITTED
        : passwords.check(authorization, config.users(), source);
  }

  /**
   * Whether an admitted client has authenticated, by a password or by a verified certificate.
   *
   * @param session null for a connection without TLS
   */
  public boolean isAuthenticated(SSLSession session) {
    WebConfig config = live.current().config();
    boolean verified = config.tls().filter(each -> each.clientAuth().isVerified()).isPresent();
    return !config.users().isEmpty() || (verified && session != null && hasCertificate(session));
  }

  private static boolean hasCertificate(SSLSession session) {
    try {
      return session.getPeerCertificates().length > 0;
    } catch (SSLPeerUnverifiedException e) {
      return false;
    }
  }

  /** The headers to add to every response. */
  public Map<String, String> headers() {
    return live.current().config().headers();
  }

  private TokenBucket bucket(RateLimitSettings settings) {
    TokenBucket now = bucket;
    if (!now.settings().equals(settings)) {
      now = new TokenBucket(settings, System::nanoTime);
      bucket = now;
    }
    return now;
  }
}
