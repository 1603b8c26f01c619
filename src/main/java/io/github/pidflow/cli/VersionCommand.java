package io.github.pidflow.cli;

import io.github.pidflow.runtime.BuildInfo;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pidflow version}: prints the version. */
@Command(
    name = "version",
    description = "Prints the version, the commit it was built from, and the Java version.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class VersionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("pidflow " + BuildInfo.read() + ", Java " + Runtime.version());
    out.flush();
    return 0;
  }
}
