package io.github.pidflow.daemon;

import io.github.pidflow.cli.Natives;
import io.github.pidflow.cli.SettingsOption;
import io.github.pidflow.cli.Version;
import io.github.pidflow.config.LoadedSettings;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pidflow run}: the daemon itself. */
@Command(
    name = "run",
    description = "Captures, counts and serves /metrics until SIGTERM or SIGINT.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class RunCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  private static final int DIED = 1;

  @Mixin private SettingsOption settings;

  /** For picocli to fill. */
  RunCommand() {}

  RunCommand(SettingsOption settings) {
    this.settings = settings;
  }

  @Override
  public Integer call() throws Exception {
    Natives natives = Natives.load();
    LoadedSettings loaded = settings.load();
    SettingsOption.use(loaded.settings().log());
    natives.await();
    SdNotify systemd = SdNotify.of(System.getenv(), ProcessHandle.current().pid());
    Daemon daemon = Daemon.start(loaded, settings::load, systemd);
    HangUp.handle(daemon::reload);
    Thread stop = new Thread(() -> stop(daemon), "stop");
    Runtime.getRuntime().addShutdownHook(stop);
    Throwable cause = daemon.awaitDeath();
    Runtime.getRuntime().removeShutdownHook(stop);
    daemon.close();
    LOG.error("stopped, since a part of it ended: {}", cause.toString());
    return DIED;
  }

  /** A stop that was asked for is a success; left to itself the JVM would exit with 143. */
  private static void stop(Daemon daemon) {
    daemon.close();
    LOG.info("stopped");
    Runtime.getRuntime().halt(0);
  }
}
