package io.github.pidflow.daemon;

import io.github.pidflow.cli.LogLevel;
import io.github.pidflow.cli.SettingsOption;
import io.github.pidflow.cli.Version;
import io.github.pidflow.config.LoadedSettings;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pidflow run}: runs the daemon. */
@Command(
    name = "run",
    description = "Runs the daemon: captures packets and serves /metrics until SIGTERM or SIGINT.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class RunCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  private static final int DIED = 1;

  @Mixin private SettingsOption settings;

  /** Leaves the options for picocli to set. */
  RunCommand() {}

  RunCommand(SettingsOption settings) {
    this.settings = settings;
  }

  @Override
  public Integer call() throws Exception {
    NativeLoader natives = NativeLoader.start();
    LoadedSettings loaded = settings.load();
    LogLevel.apply(loaded);
    natives.await();
    SdNotify systemd = SdNotify.of(System.getenv(), ProcessHandle.current().pid());
    CompletableFuture<Daemon> started = new CompletableFuture<>();
    Thread stop = new Thread(() -> stop(started), "stop");
    // Before the start, since a signal may come as soon as metrics are served.
    Runtime.getRuntime().addShutdownHook(stop);
    Daemon daemon = start(loaded, systemd, started);
    SighupHandler.install(daemon::reload);
    Throwable cause = daemon.awaitDeath();
    Runtime.getRuntime().removeShutdownHook(stop);
    daemon.close();
    LOG.error("stopped because a thread died: {}", cause.toString());
    return DIED;
  }

  private Daemon start(LoadedSettings loaded, SdNotify systemd, CompletableFuture<Daemon> started)
      throws Exception {
    try {
      Daemon daemon = Daemon.start(loaded, settings::load, systemd);
      started.complete(daemon);
      return daemon;
    } catch (Exception | Error e) {
      started.completeExceptionally(e);
      throw e;
    }
  }

  /** Exits with 0 after a signal. By itself the JVM would exit with 143. */
  private static void stop(CompletableFuture<Daemon> started) {
    Daemon daemon = started.exceptionally(failure -> null).join();
    if (daemon == null) {
      return;
    }
    daemon.close();
    LOG.info("stopped");
    Runtime.getRuntime().halt(0);
  }
}
