package io.github.pidflow.cli;

import io.github.pidflow.config.LogSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.linux.NativeFunctions;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pidflow check}: reports what this host lacks, the impact, and how to fix it. */
@Command(
    name = "check",
    description = {
      "Checks the settings and the host. For whatever is missing it prints the impact and the fix.",
      "Exits with 0 if pidflow run would work."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class CheckCommand implements Callable<Integer> {
  private static final int WOULD_NOT_RUN = 1;
  private static final Set<String> VERBOSE = Set.of("DEBUG", "TRACE");

  @Spec private CommandSpec spec;
  @Mixin private SettingsOption settingsOption;

  @Override
  public Integer call() throws Exception {
    Settings settings = settingsOption.read();
    if (!VERBOSE.contains(settings.log().level())) {
      // What is missing is in the output, and needs no line in the log as well.
      LogLevel.apply(new LogSettings("ERROR"));
    }
    NativeFunctions.load();
    List<CheckResult> findings = new HostCheck(settings).findings();
    PrintWriter out = spec.commandLine().getOut();
    findings.forEach(finding -> print(finding, out));
    boolean wouldRun =
        findings.stream().noneMatch(each -> each.state() == CheckResult.State.FAILED);
    out.println(wouldRun ? "pidflow run would work here." : "pidflow run would not work here.");
    out.flush();
    return wouldRun ? 0 : WOULD_NOT_RUN;
  }

  private static void print(CheckResult finding, PrintWriter out) {
    String state = finding.state().name().toLowerCase(Locale.ROOT);
    out.printf("%-7s %-19s %s%n", state, finding.subject(), finding.detail());
    if (finding.state() != CheckResult.State.OK) {
      out.printf("%27s impact: %s%n", "", finding.impact());
      out.printf("%27s fix: %s%n", "", finding.fix());
    }
  }
}
