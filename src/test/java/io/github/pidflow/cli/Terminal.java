package io.github.pidflow.cli;

import io.github.pidflow.daemon.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** A command line as a shell sees it: what it printed where, and its exit code. */
public record Terminal(int exitCode, String out, String err) {

  public static Terminal run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = command.execute(arguments);
    return new Terminal(exitCode, out.toString(), err.toString());
  }

  /** A sample of the printed page, by its name and labels as written there. */
  long sample(String series) {
    return out.lines()
        .filter(line -> line.startsWith(series + ' '))
        .map(line -> (long) Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series + " in:\n" + out + err));
  }

  /** The sum of every sample of a name. */
  long sum(String name) {
    return out.lines()
        .filter(line -> line.startsWith(name + ' ') || line.startsWith(name + '{'))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
