package io.github.pidflow.exposition;

import com.sun.net.httpserver.HttpExchange;
import io.github.pidflow.config.RecordingSettings;
import io.github.pidflow.config.Units;
import io.github.pidflow.recording.Bytes;
import io.github.pidflow.recording.InvalidRecordingException;
import io.github.pidflow.recording.NoRoomException;
import io.github.pidflow.recording.RecordingRequest;
import io.github.pidflow.recording.RecordingStatus;
import io.github.pidflow.recording.Recordings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;

/** {@code /api/v1/recordings}: starts, shows, downloads and ends recordings. */
final class RecordingsResource {
  static final Set<String> BEGIN_PARAMETERS =
      Set.of("pid", "comm", "filter", "duration", "max-size", "files", "snap-length");
  static final Set<String> FILE_PARAMETERS = Set.of("number");
  static final Set<String> REPEATABLE = Set.of("pid", "comm");

  /** Concurrent downloads. */
  private static final int MAX_DOWNLOADS = 2;

  private static final Duration DEFAULT_DURATION = Duration.ofMinutes(5);
  private static final long DEFAULT_FILE_BYTES = 100L << 20;
  private static final Duration END = Duration.ofSeconds(3);

  private final RecordingSettings settings;
  private final Recordings recordings;
  private final Semaphore downloads = new Semaphore(MAX_DOWNLOADS);

  RecordingsResource(RecordingSettings settings, Recordings recordings) {
    this.settings = settings;
    this.recordings = recordings;
  }

  /** The state of a recording. Its component names are those of the JSON fields. */
  record Recorded(
      String id,
      String choice,
      String state,
      String endCause,
      List<FileWritten> files,
      long packets,
      long bytes,
      long droppedPackets,
      long kernelDroppedPackets,
      boolean cut,
      int sampledOneIn,
      double beginTimeSeconds,
      double elapsedSeconds,
      double leftSeconds) {}

  record FileWritten(String path, long bytes) {}

  record All(List<Recorded> recordings) {}

  /** Synchronized so that concurrent requests cannot exceed the limit. */
  synchronized Recorded begin(ApiQuery query) throws ApiRefusal {
    RecordingRequest request = request(query);
    if (recordings.running() >= settings.maxRunning()) {
      throw ApiRefusal.tooMany(
          settings.maxRunning()
              + " recordings are running already, the limit of pidflow.recordings.max-running: end"
              + " one first");
    }
    try {
      String id = recordings.begin(request, this::file, false);
      return one(id);
    } catch (InvalidRecordingException e) {
      throw ApiRefusal.badData(e.getMessage());
    } catch (NoRoomException e) {
      throw ApiRefusal.noRoom(e.getMessage());
    } catch (IOException e) {
      throw ApiRefusal.unavailable(e.getMessage());
    }
  }

  private Path file(String id) throws IOException {
    Path directory = settings.directory();
    if (Files.isDirectory(directory)) {
      requirePrivate(directory);
      return directory.resolve(id + ".pcapng");
    }
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new IOException(
          "pidflow.recordings.directory: "
              + directory
              + " cannot be created: create it and make it writable for the daemon",
          e);
    }
    return directory.resolve(id + ".pcapng");
  }

  /** Who may write to the directory could put other files in place of the recordings. */
  private static void requirePrivate(Path directory) throws IOException {
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IOException(
          "pidflow.recordings.directory: others may write to " + directory + ": chmod 700 it");
    }
  }

  private RecordingRequest request(ApiQuery query) throws ApiRefusal {
    Set<Integer> pids = new HashSet<>();
    for (String pid : query.all("pid")) {
      try {
        pids.add(Integer.parseInt(pid));
      } catch (NumberFormatException e) {
        throw ApiRefusal.badData("parameter \"pid\" must be a number, not " + pid);
      }
    }
    Duration duration =
        query.has("duration")
            ? Units.duration(query.text("duration"))
                .orElseThrow(() -> notLike("duration", "30s or 5m", query))
            : min(DEFAULT_DURATION, settings.maxDuration());
    int files = query.number("files", 1, RecordingRequest.MAX_FILES, 1);
    long fileBytes =
        query.has("max-size")
            ? Units.bytes(query.text("max-size"))
                .orElseThrow(() -> notLike("max-size", "100MiB", query))
            : Math.min(DEFAULT_FILE_BYTES, settings.maxSizeBytes() / files);
    if (duration.compareTo(settings.maxDuration()) > 0) {
      throw ApiRefusal.badData(
          "a recording may take at most "
              + settings.maxDuration().toSeconds()
              + " s (pidflow.recordings.max-duration)");
    }
    if (fileBytes > settings.maxSizeBytes() / files) {
      throw ApiRefusal.badData(
          "the files of a recording may have at most "
              + Bytes.text(settings.maxSizeBytes())
              + " in total (pidflow.recordings.max-size)");
    }
    int snapLength =
        query.number(
            "snap-length",
            RecordingRequest.MIN_SNAP_LENGTH,
            RecordingRequest.MAX_SNAP_LENGTH,
            RecordingRequest.MAX_SNAP_LENGTH);
    return new RecordingRequest(
        pids,
        new HashSet<>(query.all("comm")),
        query.text("filter"),
        duration,
        fileBytes,
        files,
        snapLength);
  }

  private static ApiRefusal notLike(String name, String example, ApiQuery query) {
    return ApiRefusal.badData(
        "parameter \"" + name + "\" must be like " + example + ", not " + query.text(name));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  All all() {
    return new All(recordings.statuses().stream().map(RecordingsResource::recorded).toList());
  }

  Recorded one(String id) throws ApiRefusal {
    return recorded(status(id));
  }

  private RecordingStatus status(String id) throws ApiRefusal {
    return recordings.status(id).orElseThrow(() -> ApiRefusal.notFound("no such recording"));
  }

  /** Ends a recording and returns its state, if possible after its files are complete. */
  Recorded end(String id) throws ApiRefusal {
    status(id);
    recordings.end(id, "stopped through the API");
    try {
      recordings.await(id, END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return one(id);
  }

  /** Sends a file up to the last complete block. */
  void send(HttpExchange exchange, String id, ApiQuery query) throws IOException, ApiRefusal {
    List<RecordingStatus.Written> files = status(id).files();
    int number = query.number("number", 1, RecordingRequest.MAX_FILES, 1);
    if (number > files.size()) {
      throw ApiRefusal.notFound("the recording has " + files.size() + " files");
    }
    if (!downloads.tryAcquire()) {
      throw ApiRefusal.unavailable(MAX_DOWNLOADS + " downloads are in progress already");
    }
    RecordingStatus.Written file = files.get(number - 1);
    try (InputStream in = file.open()) {
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      exchange
          .getResponseHeaders()
          .set("Content-Disposition", "attachment; filename=\"" + file.path().getFileName() + '"');
      Responses.sendFile(exchange, "application/vnd.tcpdump.pcap", in, file.bytes());
    } catch (NoSuchFileException e) {
      throw ApiRefusal.notFound("the file no longer exists");
    } finally {
      downloads.release();
    }
  }

  private static Recorded recorded(RecordingStatus status) {
    return new Recorded(
        status.id(),
        status.selection(),
        status.state(),
        status.endCause(),
        status.files().stream()
            .map(each -> new FileWritten(LabelValue.of(each.path().toString()), each.bytes()))
            .toList(),
        status.packets(),
        status.bytes(),
        status.droppedPackets(),
        status.kernelDroppedPackets(),
        status.isCut(),
        status.oneIn(),
        status.beginTimeSeconds(),
        status.elapsedSeconds(),
        status.leftSeconds());
  }
}
