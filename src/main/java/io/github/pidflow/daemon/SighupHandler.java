package io.github.pidflow.daemon;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles SIGHUP, the signal that tells a daemon to reload its settings.
 *
 * <p>Java has no signal API but {@code sun.misc.Signal} (module jdk.unsupported), which every JDK
 * includes. It is accessed by reflection because javac warns about it in a way that cannot be
 * suppressed.
 */
final class SighupHandler {
  private static final Logger LOG = LoggerFactory.getLogger(SighupHandler.class);

  private SighupHandler() {}

  /** Runs a task at each SIGHUP from now on. The JVM calls it on a separate thread. */
  static void install(Runnable task) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              SighupHandler.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  task.run();
                }
                return null;
              });
      Object sighup = signal.getConstructor(String.class).newInstance("HUP");
      signal.getMethod("handle", signal, handlerType).invoke(null, sighup, handler);
    } catch (ReflectiveOperationException e) {
      // With -Xrs the JVM does not handle signals, and SIGHUP terminates it.
      LOG.warn(
          "SIGHUP does not reload the settings: {}",
          (e.getCause() == null ? e : e.getCause()).toString());
    }
  }
}
