package io.github.pidflow.recording;

import io.github.pidflow.recording.RecordingStatus.Written;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;

/**
 * The files of one recording: FILE.pcapng, then FILE-1.pcapng and so on, of which the newest are
 * kept; or standard output. Only the owner can read them, and an existing file is overwritten only
 * on request.
 */
final class RecordingFile implements AutoCloseable {
  private static final FileChannel NONE = null;

  private final Path first;
  private final boolean overwrite;
  private final int kept;
  private final Deque<Written> written = new ArrayDeque<>();
  private FileChannel channel = NONE;
  private FileStore store;
  private long bytes;
  private int next;

  /**
   * @param first the first file, null for standard output
   * @param overwrite whether an existing file may be overwritten
   * @param kept how many files are kept
   */
  RecordingFile(Path first, boolean overwrite, int kept) {
    this.first = first;
    this.overwrite = overwrite;
    this.kept = kept;
  }

  boolean isStandardOutput() {
    return first == null;
  }

  /** Opens the next file, and deletes the oldest if there are too many. */
  void openNext() throws IOException {
    close();
    bytes = 0;
    if (isStandardOutput()) {
      channel = new FileOutputStream(FileDescriptor.out).getChannel();
      return;
    }
    Path path = numbered(next);
    channel = create(path);
    next++;
    synchronized (written) {
      written.addLast(new Written(path, key(path), 0));
    }
    while (written.size() > kept) {
      Files.deleteIfExists(written.getFirst().path());
      synchronized (written) {
        written.removeFirst();
      }
    }
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  private FileChannel create(Path path) throws IOException {
    if (overwrite && Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException(path + ": not overwritten, since it is not a regular file");
      }
      Files.delete(path);
    }
    try {
      return FileChannel.open(
          path,
          EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          path + ": exists already: name another file, or use --force to overwrite it", e);
    } catch (NoSuchFileException e) {
      throw new IOException(path + ": its directory does not exist: create it", e);
    }
  }

  /** FILE.pcapng, FILE-1.pcapng, FILE-2.pcapng. */
  private Path numbered(int number) {
    if (number == 0) {
      return first;
    }
    String name = first.getFileName().toString();
    int dot = name.lastIndexOf('.');
    int end = dot > 0 ? dot : name.length();
    return first.resolveSibling(name.substring(0, end) + '-' + number + name.substring(end));
  }

  /** The files that are kept, oldest first; for any thread. */
  List<Written> written() {
    synchronized (written) {
      return List.copyOf(written);
    }
  }

  /** Bytes in the open file. */
  long bytes() {
    return bytes;
  }

  /** Writes whole blocks. If that fails, no part of a block is left in the file. */
  void write(ByteBuffer blocks) throws IOException {
    int length = blocks.remaining();
    try {
      while (blocks.hasRemaining()) {
        channel.write(blocks);
      }
    } catch (IOException e) {
      if (!isStandardOutput()) {
        channel.truncate(bytes);
      }
      throw e;
    }
    bytes += length;
    if (!isStandardOutput()) {
      synchronized (written) {
        Written last = written.removeLast();
        written.addLast(new Written(last.path(), last.key(), bytes));
      }
    }
  }

  void force() throws IOException {
    if (!isStandardOutput()) {
      channel.force(false);
    }
  }

  /** Bytes that can still be written to its file system. */
  long usableBytes() throws IOException {
    if (isStandardOutput()) {
      return Long.MAX_VALUE;
    }
    if (store == null) {
      Path folder = first.toAbsolutePath().getParent();
      try {
        store = Files.getFileStore(folder);
      } catch (NoSuchFileException e) {
        throw new IOException(first + ": its directory does not exist: create it", e);
      }
    }
    return store.getUsableSpace();
  }

  @Override
  public void close() throws IOException {
    if (channel != NONE) {
      channel.close();
      channel = NONE;
    }
  }
}
