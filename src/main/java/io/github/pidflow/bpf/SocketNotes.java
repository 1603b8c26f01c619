package io.github.pidflow.bpf;

import com.sun.jna.Memory;
import io.github.pidflow.linux.Bpf;
import io.github.pidflow.linux.Cgroups;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who created which internet socket, or who closed it last, noted by the kernel at that moment. A
 * socket that lives shorter than it takes to look for it is found this way, also after its process
 * has ended.
 *
 * <p>A {@link NoteProgram} runs at the root of the cgroup v2 hierarchy, so for the processes of
 * every container too, each time a socket is created or released. Accepted sockets are never
 * created in this sense, but whoever closes their last descriptor, be it by ending, releases them.
 * What is noted stands in a map that drops what was used least.
 *
 * <p>It needs CAP_BPF and CAP_NET_ADMIN, and Linux 5.8; 5.9 for releases.
 */
public final class SocketNotes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SocketNotes.class);
  private static final int MAX_SOCKETS = 16_384;
  private static final int MAX_RAW_SOCKETS = 512;

  private final NoteMap notes;

  private SocketNotes(NoteMap notes) {
    this.notes = notes;
  }

  /**
   * Who did it, and when.
   *
   * @param mainThread whether {@code comm}, which is a thread's, is that of the process
   * @param cgroupId for {@link Cgroups}
   */
  public record Note(
      int pid, int uid, long bootNanos, String comm, boolean mainThread, long cgroupId) {}

  /** A note, and of what socket it is. */
  public record Noted(long cookie, long netnsCookie, int protocol, Note note) {}

  /** Starts to note who creates sockets; it ends when this is closed, or the process ends. */
  public static SocketNotes ofCreations() throws IOException {
    SocketNotes creations =
        open(Bpf.CGROUP_INET_SOCK_CREATE, MAX_SOCKETS, NoteProgram::instructions);
    creations.noteConnects();
    return creations;
  }

  /**
   * Notes also who connects a socket that the kernel created by itself: the TCP socket under an
   * MPTCP one. Older kernels do not tell such a program who is at work, and then it is not noted.
   */
  private void noteConnects() {
    try {
      notes.attach(Bpf.PROG_TYPE_SOCK_OPS, Bpf.CGROUP_SOCK_OPS, NoteProgram::connectInstructions);
    } catch (IOException e) {
      LOG.debug("who connects MPTCP sockets is not noted: {}", e.getMessage());
    }
  }

  /** Starts to note who closes the last descriptor of sockets, in the same way. */
  public static SocketNotes ofReleases() throws IOException {
    return open(Bpf.CGROUP_INET_SOCK_RELEASE, MAX_SOCKETS, NoteProgram::instructions);
  }

  /**
   * Starts to note who creates raw sockets, and those for echoes: few, so that all of them can be
   * looked through. Needs Linux 5.7.
   */
  public static SocketNotes ofRawCreations() throws IOException {
    return open(Bpf.CGROUP_INET_SOCK_CREATE, MAX_RAW_SOCKETS, NoteProgram::rawInstructions);
  }

  private static SocketNotes open(int attachType, int maxSockets, IntFunction<long[]> code)
      throws IOException {
    NoteMap notes = NoteMap.create(NoteProgram.VALUE_BYTES, maxSockets);
    try {
      notes.attach(Bpf.PROG_TYPE_CGROUP_SOCK, attachType, code);
      return new SocketNotes(notes);
    } catch (IOException e) {
      notes.close();
      throw e;
    }
  }

  /** Whether there is a note on the socket with this cookie. */
  public boolean has(long cookie) {
    return notes.find(cookie) != null;
  }

  /** The note on the socket with this cookie, if there was one and it has not been dropped. */
  public Optional<Note> find(long cookie) {
    return Optional.ofNullable(notes.find(cookie)).map(SocketNotes::note);
  }

  /** Every note there is. */
  public List<Noted> all() {
    List<Noted> all = new ArrayList<>();
    for (long cookie : notes.cookies()) {
      Memory value = notes.find(cookie);
      if (value != null) {
        all.add(
            new Noted(
                cookie,
                value.getLong(NoteProgram.NETNS_COOKIE),
                (int) value.getLong(NoteProgram.PROTOCOL),
                note(value)));
      }
    }
    return all;
  }

  private static Note note(Memory value) {
    int thread = value.getInt(NoteProgram.THREAD_ID);
    int process = value.getInt(NoteProgram.PROCESS_ID);
    byte[] comm = value.getByteArray(NoteProgram.COMM, NoteProgram.COMM_BYTES);
    int length = 0;
    while (length < comm.length && comm[length] != 0) {
      length++;
    }
    return new Note(
        process,
        value.getInt(NoteProgram.UID),
        value.getLong(NoteProgram.BOOT_NANOS),
        new String(comm, 0, length, StandardCharsets.UTF_8),
        thread == process,
        value.getLong(NoteProgram.CGROUP_ID));
  }

  @Override
  public void close() {
    notes.close();
  }
}
