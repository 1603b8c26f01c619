package io.github.pidflow.bpf;

import io.github.pidflow.linux.Bpf.AttachType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes that create internet sockets, or that close them last, recorded by the kernel at
 * that moment. This names the owner of a socket that is too short-lived to be found in /proc, even
 * after its process has exited.
 *
 * <p>A {@link NoteProgram} at the root of the cgroup v2 hierarchy, and so for the processes of all
 * containers, runs each time a socket is created or released. Accepted sockets are not created in
 * this sense. But they are released by the process that closes their last descriptor, be it by
 * exiting. The program writes to a map, which drops the least recently used entry when it is full.
 *
 * <p>Needs CAP_BPF and CAP_NET_ADMIN, and Linux 5.8, or 5.9 for releases.
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
   * The process that acted on a socket, and the time.
   *
   * @param pid 0 if the process is in another pid namespace than that of the notes
   * @param comm the name of the thread that acted
   * @param mainThread whether that thread is the main thread, so that its name is the process's
   * @param cgroupId for {@link io.github.pidflow.linux.Cgroups}
   */
  public record Note(
      int pid, int uid, long bootNanos, String comm, boolean mainThread, long cgroupId) {}

  /** A note with the socket it is about. */
  public record Noted(long cookie, long netnsCookie, int protocol, Note note) {}

  /**
   * Starts to record the creators of sockets, until this is closed or the process exits. If the
   * kernel supports it, this includes the process that connects an MPTCP socket: the kernel itself
   * creates the TCP socket under it.
   */
  public static SocketNotes ofCreations(PidNumbering pids) throws IOException {
    SocketNotes creations =
        open(
            AttachType.CGROUP_INET_SOCK_CREATE,
            MAX_SOCKETS,
            mapFd -> NoteProgram.instructions(mapFd, pids));
    try {
      creations.notes.attach(
          AttachType.CGROUP_SOCK_OPS, mapFd -> NoteProgram.connectInstructions(mapFd, pids));
    } catch (IOException e) {
      LOG.debug("the processes that connect MPTCP sockets are not recorded: {}", e.getMessage());
    }
    return creations;
  }

  /** Starts to record the processes that close the last descriptor of a socket, likewise. */
  public static SocketNotes ofReleases(PidNumbering pids) throws IOException {
    return open(
        AttachType.CGROUP_INET_SOCK_RELEASE,
        MAX_SOCKETS,
        mapFd -> NoteProgram.instructions(mapFd, pids));
  }

  /**
   * Starts to record the creators of raw sockets and ICMP echo sockets. They are few, so that
   * {@link #all()} is cheap. Needs Linux 5.7.
   */
  public static SocketNotes ofRawCreations(PidNumbering pids) throws IOException {
    return open(
        AttachType.CGROUP_INET_SOCK_CREATE,
        MAX_RAW_SOCKETS,
        mapFd -> NoteProgram.rawInstructions(mapFd, pids));
  }

  private static SocketNotes open(AttachType type, int maxSockets, IntFunction<long[]> instructions)
      throws IOException {
    NoteMap notes = NoteMap.create(NoteProgram.VALUE_BYTES, maxSockets);
    try {
      notes.attach(type, instructions);
      return new SocketNotes(notes);
    } catch (IOException e) {
      notes.close();
      throw e;
    }
  }

  /** Whether there is a note about the socket with this cookie. */
  public boolean has(long cookie) {
    return notes.find(cookie).isPresent();
  }

  /** The note about the socket with this cookie, if one was made and is not yet dropped. */
  public Optional<Note> find(long cookie) {
    return notes.find(cookie).map(SocketNotes::note);
  }

  /** All notes. */
  public List<Noted> all() {
    List<Noted> all = new ArrayList<>();
    for (long cookie : notes.cookies()) {
      notes.find(cookie).ifPresent(value -> all.add(noted(cookie, value)));
    }
    return all;
  }

  private static Noted noted(long cookie, ByteBuffer value) {
    return new Noted(
        cookie,
        value.getLong(NoteProgram.NETNS_COOKIE),
        (int) value.getLong(NoteProgram.PROTOCOL),
        note(value));
  }

  private static Note note(ByteBuffer value) {
    int threadId = value.getInt(NoteProgram.THREAD_ID);
    int processId = value.getInt(NoteProgram.PROCESS_ID);
    byte[] comm = new byte[NoteProgram.COMM_BYTES];
    value.get(NoteProgram.COMM, comm);
    int length = 0;
    while (length < comm.length && comm[length] != 0) {
      length++;
    }
    return new Note(
        processId,
        value.getInt(NoteProgram.UID),
        value.getLong(NoteProgram.BOOT_NANOS),
        new String(comm, 0, length, StandardCharsets.UTF_8),
        threadId == processId,
        value.getLong(NoteProgram.CGROUP_ID));
  }

  @Override
  public void close() {
    notes.close();
  }
}
