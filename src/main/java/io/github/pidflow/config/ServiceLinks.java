package io.github.pidflow.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The variables that Kubernetes puts into a container for each Service of its namespace, named
 * after the Service. Those of a Service called {@code pidflow}, or {@code pidflow-} and more, look
 * like settings. Nobody wrote them, so they are no mistake in the settings.
 *
 * <pre>
 *   PIDFLOW_SERVICE_HOST=10.96.0.7          PIDFLOW_PORT=tcp://10.96.0.7:10067
 *   PIDFLOW_SERVICE_PORT=10067              PIDFLOW_PORT_10067_TCP=tcp://10.96.0.7:10067
 *   PIDFLOW_SERVICE_PORT_METRICS=10067      PIDFLOW_PORT_10067_TCP_PROTO=tcp, _PORT=10067, _ADDR=10.96.0.7
 * </pre>
 */
final class ServiceLinks {
  private static final String HOST = "_SERVICE_HOST";
  private static final String PORT = "_PORT";

  /** Names that nobody gives to a setting by mistake. */
  private static final Pattern UNMISTAKABLE =
      Pattern.compile(
          "PIDFLOW(?:_\\w+)?(?:_SERVICE_HOST|_SERVICE_PORT(?:_\\w+)?"
              + "|_PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)");

  private static final Pattern ADDRESS = Pattern.compile("(?:tcp|udp|sctp)://.+");

  private ServiceLinks() {}

  /** Whether a variable that is not a setting comes from a Service. */
  static boolean contains(String name, Map<String, String> environment) {
    if (UNMISTAKABLE.matcher(name).matches()) {
      return true;
    }
    // PIDFLOW_PORT=9797 may be somebody's guess at a setting.
    return name.endsWith(PORT)
        && (ADDRESS.matcher(environment.get(name)).matches()
            || environment.containsKey(name.substring(0, name.length() - PORT.length()) + HOST));
  }

  /** One line for all of them; empty if there is none. */
  static Optional<String> remark(Collection<String> names) {
    List<String> sorted = new ArrayList<>(new TreeSet<>(names));
    return sorted.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "ignored "
                + String.join(", ", sorted)
                + ": variables of a Kubernetes Service, not settings; set enableServiceLinks: false"
                + " in the pod's spec to be rid of them");
  }
}
