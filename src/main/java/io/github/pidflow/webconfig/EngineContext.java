package io.github.pidflow.webconfig;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * An SSL context that uses the current {@link TlsMaterial} for each new connection, since the JDK's
 * server keeps one context for good. The server requests an engine and then, on the same thread,
 * its parameters. A thread-local carries the material from one call to the other, so that a reload
 * in between cannot mix two configurations.
 */
final class EngineContext extends SSLContext {
  private static final ThreadLocal<TlsMaterial> CHOSEN = new ThreadLocal<>();

  private EngineContext(Engines engines, SSLContext likeness) {
    super(engines, likeness.getProvider(), likeness.getProtocol());
  }

  static HttpsConfigurator configurator(Supplier<TlsMaterial> material) {
    EngineContext context = new EngineContext(new Engines(material), material.get().context());
    return new HttpsConfigurator(context) {
      @Override
      public void configure(HttpsParameters parameters) {
        TlsMaterial chosen = CHOSEN.get();
        CHOSEN.remove();
        parameters.setSSLParameters(chosen.parameters());
      }
    };
  }

  private static final class Engines extends SSLContextSpi {
    private final Supplier<TlsMaterial> material;

    Engines(Supplier<TlsMaterial> material) {
      this.material = material;
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      TlsMaterial now = material.get();
      CHOSEN.set(now);
      return now.context().createSSLEngine();
    }

    /** The peer's address is a hint for session resumption, which only clients use. */
    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return engineCreateSSLEngine();
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
        throws KeyManagementException {
      throw new KeyManagementException("the context is initialised already");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return material.get().context().getSocketFactory();
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return material.get().context().getServerSocketFactory();
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return material.get().context().getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return material.get().context().getClientSessionContext();
    }
  }
}
