package io.github.pidflow.cli;

import io.github.pidflow.config.LogSettings;
import io.github.pidflow.config.Settings;
import io.github.pidflow.config.Units;
import io.github.pidflow.recording.Bytes;
import io.github.pidflow.recording.InvalidRecordingException;
import io.github.pidflow.recording.RecordingRequest;
import io.github.pidflow.recording.RecordingStatus;
import io.github.pidflow.recording.Recordings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
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

/** {@code pidflow record}: the packets of some processes, into a capture file. */
@Command(
    name = "record",
    description = {
      "Writes the packets of chosen processes to a pcapng file, with the process in each one's",
      "comment. Needs no running daemon. Ends at SIGINT, when its time is over or its file is"
          + " full,",
      "or when every process chosen by pid has ended."
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

  @Option(names = "--pid", paramLabel = "N", description = "Packets of this process; repeatable.")
  private List<Integer> pids = List.of();

  @Option(
      names = "--comm",
      paramLabel = "NAME",
      description = "Packets of every process of exactly this name; repeatable.")
  private List<String> comms = List.of();

  @Option(
      names = "--filter",
      paramLabel = "EXPR",
      defaultValue = "",
      description =
          "Only packets that match, see pcap-filter(7). Without --pid and --comm, whosever they"
              + " are.")
  private String filter;

  @Option(
      names = {"-w", "--write"},
      paramLabel = "FILE",
      required = true,
      description = "Where to; - for the standard output.")
  private String file;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "5m",
      description = "How long at most, like 30s or 1h; by default ${DEFAULT-VALUE}.")
  private String duration;

  @Option(
      names = "--max-size",
      paramLabel = "SIZE",
      defaultValue = "100MiB",
      description = "How big a file may become; by default ${DEFAULT-VALUE}.")
  private String maxSize;

  @Option(
      names = "--files",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "With more than 1 a full FILE.pcapng is followed by FILE-1.pcapng and so on, and the"
              + " newest N are kept.")
  private int files;

  @Option(
      names = "--snap-length",
      paramLabel = "BYTES",
      defaultValue = "" + RecordingRequest.MAX_SNAP_LENGTH,
      description = "How much of a packet to keep; by default ${DEFAULT-VALUE}.")
  private int snapLength;

  @Option(names = "--force", description = "Writes over files that are there already.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    RecordingRequest request = request();
    Settings settings = settingsOption.load().settings();
    SettingsOption.use(quiet(settings.log()));
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
      throw new ParameterException(spec.commandLine(), "--files needs a file, not -");
    }
    return request;
  }

  private ParameterException usage(String option, String value, String example) {
    return new ParameterException(
        spec.commandLine(), option + " is not like " + example + ": " + value);
  }

  /** Its own lines say how it goes. */
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
    Progress progress = new Progress(err);
    while (!recordings.await(id, TICK)) {
      progress.show(recordings.status(id).orElseThrow());
    }
    try {
      Runtime.getRuntime().removeShutdownHook(stop);
    } catch (IllegalStateException e) {
      stop.join(); // It says how it ended, and ends the process.
    }
    return say(recordings.status(id).orElseThrow());
  }

  /** An end that was asked for is a success; left to itself the JVM would exit with 130 or 143. */
  private void stop(Recordings recordings, String id) {
    int exitCode = FailureMessage.FAILED;
    try {
      recordings.end(id, "it was told to end");
      recordings.await(id, STOP_LIMIT);
      exitCode = say(recordings.status(id).orElseThrow());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(exitCode);
  }

  private int say(RecordingStatus status) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(Progress.summary(status));
    err.flush();
    return status.isFailed() ? FailureMessage.FAILED : 0;
  }

  /** A line that changes each second, where there is a terminal to see it. */
  private static final class Progress {
    private static final String START_OF_LINE = "\r";
    private static final String REST_OF_LINE = "\u001b[K";

    private final PrintWriter err;
    private final boolean terminal = isTerminal();

    Progress(PrintWriter err) {
      this.err = err;
    }

    void show(RecordingStatus status) {
      if (terminal) {
        err.print(
            START_OF_LINE
                + counts(status)
                + ", "
                + Math.round(status.leftSeconds())
                + " s left"
                + REST_OF_LINE
                + START_OF_LINE);
        err.flush();
      }
    }

    static String summary(RecordingStatus status) {
      return counts(status) + ": " + status.endCause();
    }

    private static String counts(RecordingStatus status) {
      List<RecordingStatus.Written> files = status.files();
      int last = files.size() - 1;
      String where =
          files.isEmpty()
              ? ""
              : " in " + files.get(last).path() + (last > 0 ? " and " + last + " before it" : "");
      String lost =
          status.kernelDroppedPackets() == 0
              ? ""
              : ", " + status.kernelDroppedPackets() + " of all the host's dropped by the kernel";
      return status.packets()
          + " packets, "
          + Bytes.text(status.bytes())
          + ", "
          + status.droppedPackets()
          + " dropped"
          + lost
          + where;
    }

    private static boolean isTerminal() {
      try {
        String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
      } catch (IOException e) {
        return false;
      }
    }
  }
}
