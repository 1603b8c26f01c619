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

/** The command line: {@code java -jar pidflow.jar COMMAND}. */
@Command(
    name = "pidflow",
    description = "Counts the network traffic of each process, for Prometheus to scrape.",
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
    footer = {"", "pidflow COMMAND --help tells more of one. Settings: see config/pidflow.conf."},
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    int exitCode;
    try {
      exitCode = execute(arguments);
    } catch (UnsatisfiedLinkError e) {
      // JNA unpacks its library when it is first called, which no command can do without.
      System.err.println(FailureMessage.ofNativeLibrary(e));
      exitCode = FailureMessage.FAILED;
    }
    System.exit(exitCode);
  }

  private static int execute(String... arguments) {
    if (arguments.length == 1 && arguments[0].equals(Rehearsal.COMMAND)) {
      return Rehearsal.run();
    }
    Optional<RunCommand> plainRun = PlainRun.of(arguments);
    if (plainRun.isEmpty()) {
      return commandLine().execute(arguments);
    }
    try {
      return plainRun.get().call();
    } catch (Exception e) {
      FailureMessage.print(e, new PrintWriter(System.err, true, Charset.defaultCharset()));
      return FailureMessage.FAILED;
    }
  }

  public static CommandLine commandLine() {
    return new CommandLine(new Main()).setExecutionExceptionHandler(new FailureMessage());
  }
}
