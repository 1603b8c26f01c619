package io.github.pidflow.daemon;

import io.github.pidflow.cli.CheckCommand;
import io.github.pidflow.cli.FailureMessage;
import io.github.pidflow.cli.RecordCommand;
import io.github.pidflow.cli.ReplayCommand;
import io.github.pidflow.cli.TopCommand;
import io.github.pidflow.cli.Version;
import io.github.pidflow.cli.VersionCommand;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line, {@code java -jar pidflow.jar COMMAND}. No command refers back to it. */
@Command(
    name = "pidflow",
    description = "Counts the network traffic of every process and serves it to Prometheus.",
    subcommands = {
      RunCommand.class,
      TopCommand.class,
      CheckCommand.class,
      RecordCommand.class,
      ReplayCommand.class,
      VersionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {"", "See pidflow COMMAND --help, and config/pidflow.conf for the settings."},
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Journal.prefixStandardError();
    int exitCode;
    try {
      exitCode = execute(arguments);
    } catch (UnsatisfiedLinkError e) {
      // JNA unpacks its library at the first call, which every command makes sooner or later.
      System.err.println(FailureMessage.ofNativeLibrary(e));
      exitCode = FailureMessage.FAILED;
    }
    System.exit(exitCode);
  }

  private static int execute(String... arguments) {
    if (arguments.length == 1 && arguments[0].equals(TrainingRun.COMMAND)) {
      return TrainingRun.run();
    }
    Optional<RunCommand> run = RunArguments.parse(arguments);
    if (run.isEmpty()) {
      return commandLine().execute(arguments);
    }
    try {
      return run.get().call();
    } catch (Exception e) {
      FailureMessage.print(e, new PrintWriter(System.err, true, Charset.defaultCharset()));
      return FailureMessage.exitCode(e);
    }
  }

  public static CommandLine commandLine() {
    return new CommandLine(new Main()).setExecutionExceptionHandler(new FailureMessage());
  }
}
