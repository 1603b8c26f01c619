package io.github.pidflow.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses {@code host:port}, {@code [v6]:port} and {@code :port}. A name is resolved only when the
 * address is bound, never here.
 */
final class ListenAddress {
  private static final String EXPECTED =
      "host:port, [IPv6 address]:port or :port, with a port from 1 to 65535 or 0 for any free one";

  /** On the IPv4 wildcard Java listens for both IPv4 and IPv6. */
  private static final String ANY_HOST = "0.0.0.0";

  private static final Pattern FORM =
      Pattern.compile(
          "(?:\\[(?<v6>[0-9A-Fa-f:.]+)(?<zone>%[\\w.-]+)?]|(?<host>[^\\[\\]:]*)):(?<port>[0-9]{1,5})");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253})");
  private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");
  private static final Pattern V4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\\.(?!$)|$)){4}");
  private static final int MAX_PORT = 65535;

  private ListenAddress() {}

  static Optional<WebSettings> read(SettingValue value) {
    Optional<WebSettings> address = value.string().flatMap(ListenAddress::parse);
    return address.isPresent() ? address : value.refuse(EXPECTED);
  }

  private static Optional<WebSettings> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(form.group("port"));
    String host = form.group("host");
    boolean valid;
    if (host == null) {
      valid = isV6(form.group("v6"));
      host = form.group("v6") + (form.group("zone") == null ? "" : form.group("zone"));
    } else if (host.isEmpty()) {
      valid = true;
      host = ANY_HOST;
    } else {
      valid =
          DIGITS_AND_DOTS.matcher(host).matches()
              ? V4.matcher(host).matches()
              : NAME.matcher(host).matches();
    }
    return valid && port <= MAX_PORT ? Optional.of(new WebSettings(host, port)) : Optional.empty();
  }

  private static boolean isV6(String address) {
    if (address.indexOf(':') < 0) {
      return false;
    }
    try {
      // With a colon it is a literal, which is parsed without a name server.
      return InetAddress.getByName(address) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
