package io.github.pidflow.webconfig;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of a name service that would keep clients waiting. The JDK's server asks for the name of
 * each client it makes a TLS connection with, and leaves no way to stop it; where nobody answers
 * that, the connection is closed as one whose request never came.
 */
final class ReverseLookup {
  private static final Logger LOG = LoggerFactory.getLogger(ReverseLookup.class);
  private static final long SLOW_MILLIS = 1_000;

  /** TEST-NET-1 of RFC 5737: an address nobody has. */
  private static final byte[] NOBODY = {(byte) 192, 0, 2, 1};

  private ReverseLookup() {}

  /** Asks once, on a thread of its own. */
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
          "a client's name is looked up for each TLS connection, and the name service took {} ms"
              + " for one: connections may be refused. Mend it, or start the JVM with"
              + " -Djdk.net.hosts.file=/etc/hosts",
          tookMillis);
    }
  }
}
