package io.github.pidflow.lab;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** The Python programs beside the test classes, for operations that Java's sockets lack. */
public final class Script {
  private Script() {}

  /** The command line that runs a program. */
  public static String[] command(String name, Object... arguments) {
    try {
      String[] command = new String[arguments.length + 2];
      command[0] = "python3";
      command[1] = Path.of(Script.class.getResource("/lab/" + name).toURI()).toString();
      for (int i = 0; i < arguments.length; i++) {
        command[i + 2] = arguments[i].toString();
      }
      return command;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(name, e);
    }
  }
}
