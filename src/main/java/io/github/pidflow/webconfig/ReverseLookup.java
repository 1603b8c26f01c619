package io.github.pidflow.webconfig;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of a slow name service. The JDK's server resolves the name of every TLS client, which
 * cannot be disabled. If the lookup takes too long, the request times out.
 */
final class ReverseLookup {
  private static final Logger LOG = LoggerFactory.getLogger(ReverseLookup.class);
  private static final long SLOW_MILLIS = 1_000;

  /** An unused address, from TEST-NET-1 of RFC 5737. */
  private static final byte[] NOBODY = {(byte) 192, 0, 2, 1};

  private ReverseLookup() {}

  /** Measures one lookup on a thread of its own. */
  static void warnIfSlow() {
    Thread thread = new Thread(ReverseLookup::ask, "reverse-lookup");
    thread.setDaemon(true);
    thread.start();
  }

  private static void ask() {
    long start = System.nanoTime();
    try {
      InetAddress.getByAddress(NOBODY).getHostName();
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
    long tookMillis = (System.nanoTime() - start) / 1_000_000;
    if (tookMillis > SLOW_MILLIS) {
      LOG.warn(
          "the server resolves the name of every TLS client, and a lookup took {} ms: connections"
              + " may time out. Fix the name service, or start the JVM with"
              + " -Djdk.net.hosts.file=/etc/hosts",
          tookMillis);
    }
  }
}
