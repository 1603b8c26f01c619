package io.github.pidflow.cli;

import io.github.pidflow.config.LogSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.Units;
import io.github.pidflow.linux.NativeFunctions;
import io.github.pidflow.recording.InvalidRecordingException;
import io.github.pidflow.recording.RecordingRequest;
import io.github.pidflow.recording.RecordingStatus;
import io.github.pidflow.recording.Recordings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pidflow record}: writes the packets of chosen processes to a capture file. */
@Command(
    name = "record",
    description = {
      "Writes the packets of chosen processes to a pcapng file, with the process in the comment",
      "of each packet. Needs no running daemon. Ends at SIGINT, at the time limit, when the file",
      "is full, or when every process chosen by pid has ended."
    },
    footer = {
      "",
      "  pidflow record --comm nginx --filter 'port 443' --duration 30s -w n.pcapng",
      "  pidflow record --pid 812 -w - | tshark -r - -T fields -e frame.comment"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class RecordCommand implements Callable<Integer> {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final String STANDARD_OUTPUT = "-";

  @Spec private CommandSpec spec;
  @Mixin private SettingsOption settingsOption;

  @Option(names = "--pid", paramLabel = "N", description = "Record this process; repeatable.")
  private List<Integer> pids = List.of();

  @Option(
      names = "--comm",
      paramLabel = "NAME",
      description = "Record every process with exactly this name; repeatable.")
  private List<String> comms = List.of();

  @Option(
      names = "--filter",
      paramLabel = "EXPR",
      defaultValue = "",
      description =
          "Record only packets that match, see pcap-filter(7); without --pid and --comm those of"
              + " all processes.")
  private String filter;

  @Option(
      names = {"-w", "--write"},
      paramLabel = "FILE",
      required = true,
      description = "File to write; - for standard output.")
  private String file;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "5m",
      description = "Time limit, such as 30s or 1h; by default ${DEFAULT-VALUE}.")
  private String duration;

  @Option(
      names = "--max-size",
      paramLabel = "SIZE",
      defaultValue = "100MiB",
      description = "Maximum size of a file; by default ${DEFAULT-VALUE}.")
  private String maxSize;

  @Option(
      names = "--files",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Number of files to keep. If more than 1, a full FILE.pcapng is followed by FILE-1.pcapng"
              + " and so on, and the newest N are kept; by default ${DEFAULT-VALUE}.")
  private int files;

  @Option(
      names = "--snap-length",
      paramLabel = "BYTES",
      defaultValue = "" + RecordingRequest.MAX_SNAP_LENGTH,
      description = "Bytes of each packet to keep; by default ${DEFAULT-VALUE}.")
  private int snapLength;

  @Option(names = "--force", description = "Overwrite existing files.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    RecordingRequest request = request();
    Settings settings = settingsOption.load().settings();
    LogLevel.apply(quiet(settings.log()));
    NativeFunctions.load();
    RecordSession session = new RecordSession(settings, snapLength);
    try {
      session.start();
      return record(session.recordings(), request);
    } finally {
      session.close();
    }
  }

  private RecordingRequest request() {
    RecordingRequest request =
        new RecordingRequest(
            new HashSet<>(pids),
            new HashSet<>(comms),
            filter,
            Units.duration(duration).orElseThrow(() -> usage("--duration", duration, "30s or 1h")),
            Units.bytes(maxSize).orElseThrow(() -> usage("--max-size", maxSize, "100MiB")),
            files,
            snapLength);
    try {
      request.validate();
    } catch (InvalidRecordingException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    if (files > 1 && file.equals(STANDARD_OUTPUT)) {
      throw new ParameterException(spec.commandLine(), "--files requires a file, not -");
    }
    return request;
  }

  private ParameterException usage(String option, String value, String example) {
    return new ParameterException(
        spec.commandLine(), option + " must be like " + example + ", not " + value);
  }

  /** Hides log lines at level INFO; the command reports its progress itself. */
  private static LogSettings quiet(LogSettings set) {
    return set.level().equals("INFO") ? new LogSettings("WARN") : set;
  }

  private int record(Recordings recordings, RecordingRequest request)
      throws IOException, InterruptedException {
    Recordings.Place place = file.equals(STANDARD_OUTPUT) ? null : named -> Path.of(file);
    String id;
    try {
      id = recordings.begin(request, place, force);
    } catch (InvalidRecordingException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println("recording " + recordings.status(id).orElseThrow().selection() + " to " + file);
    err.flush();
    Thread stop = new Thread(() -> stop(recordings, id), "stop");
    Runtime.getRuntime().addShutdownHook(stop);
    RecordProgress progress = new RecordProgress(err);
    while (!recordings.await(id, TICK)) {
      progress.show(recordings.status(id).orElseThrow());
    }
    try {
      Runtime.getRuntime().removeShutdownHook(stop);
    } catch (IllegalStateException e) {
      stop.join(); // It prints the summary and ends the process.
    }
    return printSummary(recordings.status(id).orElseThrow());
  }

  /** Exits with 0 after a signal. By itself the JVM would exit with 130 or 143. */
  private void stop(Recordings recordings, String id) {
    int exitCode = FailureMessage.FAILED;
    try {
      recordings.end(id, "interrupted by a signal");
      recordings.await(id, STOP_LIMIT);
      exitCode = printSummary(recordings.status(id).orElseThrow());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(exitCode);
  }

  private int printSummary(RecordingStatus status) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(RecordProgress.summary(status));
    err.flush();
    return status.isFailed() ? FailureMessage.FAILED : 0;
  }
}
