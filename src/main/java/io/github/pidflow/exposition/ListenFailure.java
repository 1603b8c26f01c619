package io.github.pidflow.exposition;

import io.github.pidflow.config.WebSettings;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/** Turns a failure to listen into a message that names the address, the setting and the mend. */
final class ListenFailure {
  private static final String SETTING = "pidflow.web.listen-address";
  private static final int FIRST_UNPRIVILEGED_PORT = 1024;

  private ListenFailure() {}

  /** Throws if the host of the settings could not be resolved to the address. */
  static void requireResolved(WebSettings settings, InetSocketAddress address)
      throws BindException {
    if (address.isUnresolved()) {
      throw new BindException(
          "cannot listen on %s: no address is known for %s. Set %s to an address of this machine."
              .formatted(text(settings), settings.host(), SETTING));
    }
  }

  static BindException of(WebSettings settings, InetSocketAddress address, SocketException cause) {
    BindException failure =
        new BindException(
            "cannot listen on %s: %s. %s"
                .formatted(text(settings), cause.getMessage(), fix(address, cause)));
    failure.initCause(cause);
    return failure;
  }

  private static String fix(InetSocketAddress address, SocketException cause) {
    if (!isOfThisMachine(address)) {
      return "Set %s to an address of this machine ('ip address' lists them).".formatted(SETTING);
    }
    // bind(2) says EADDRINUSE, a BindException, for a busy port, and EACCES for a privileged one.
    if (!(cause instanceof BindException) && address.getPort() < FIRST_UNPRIVILEGED_PORT) {
      return "Set %s to a port from %d on, or grant CAP_NET_BIND_SERVICE."
          .formatted(SETTING, FIRST_UNPRIVILEGED_PORT);
    }
    return "Set %s to a free port, or stop what listens there (ss -ltnp 'sport = :%d' names it)."
        .formatted(SETTING, address.getPort());
  }

  private static boolean isOfThisMachine(InetSocketAddress address) {
    try {
      return address.getAddress().isAnyLocalAddress()
          || address.getAddress().isLoopbackAddress()
          || NetworkInterface.getByInetAddress(address.getAddress()) != null;
    } catch (SocketException e) {
      return true;
    }
  }

  private static String text(WebSettings settings) {
    String host = settings.host();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + settings.port();
  }
}
