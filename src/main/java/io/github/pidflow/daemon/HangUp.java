package io.github.pidflow.daemon;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP, by which a daemon is told to read its settings again.
 *
 * <p>{@code sun.misc.Signal} (module jdk.unsupported) is the one way to a signal, and every JDK has
 * it. It is named in strings because javac warns of it in a way that nothing can suppress.
 */
final class HangUp {
  private static final Logger LOG = LoggerFactory.getLogger(HangUp.class);

  private HangUp() {}

  /** Runs {@code task}, on a thread of its own, at each SIGHUP from now on. */
  static void handle(Runnable task) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              HangUp.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  task.run();
                }
                return null;
              });
      Object hangUp = signal.getConstructor(String.class).newInstance("HUP");
      signal.getMethod("handle", signal, handlerType).invoke(null, hangUp, handler);
    } catch (ReflectiveOperationException e) {
      // With -Xrs the JVM leaves signals alone, and a SIGHUP ends it.
      LOG.warn("SIGHUP does not reload: {}", (e.getCause() == null ? e : e.getCause()).toString());
    }
  }
}
