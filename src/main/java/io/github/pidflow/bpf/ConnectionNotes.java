package io.github.pidflow.bpf;

import com.sun.jna.Memory;
import io.github.pidflow.linux.Bpf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Which five-tuple a TCP connection had, noted by the kernel when it was asked for or accepted. A
 * socket that is closed by RST has lost it by the time its end is told. A {@link ConnectionProgram}
 * at the root of the cgroup v2 hierarchy writes it into a map that drops what was used least.
 *
 * <p>It needs what {@link SocketNotes} do.
 */
public final class ConnectionNotes implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int MAX_CONNECTIONS = 16_384;

  private final NoteMap notes;

  private ConnectionNotes(NoteMap notes) {
    this.notes = notes;
  }

  /** The ends of a connection: addresses of four or of sixteen bytes. */
  public record Ends(ByteBuffer local, int localPort, ByteBuffer remote, int remotePort) {}

  /** Starts to take notes; it ends when this is closed, or the process ends. */
  public static ConnectionNotes open() throws IOException {
    NoteMap notes = NoteMap.create(ConnectionProgram.VALUE_BYTES, MAX_CONNECTIONS);
    try {
      notes.attach(Bpf.PROG_TYPE_SOCK_OPS, Bpf.CGROUP_SOCK_OPS, ConnectionProgram::instructions);
      return new ConnectionNotes(notes);
    } catch (IOException e) {
      notes.close();
      throw e;
    }
  }

  /** The ends of the connection with this cookie, if there was one and it has not been dropped. */
  public Optional<Ends> find(long cookie) {
    return Optional.ofNullable(notes.find(cookie)).map(ConnectionNotes::ends);
  }

  private static Ends ends(Memory value) {
    boolean v4 = value.getInt(ConnectionProgram.FAMILY) == AF_INET;
    int bytes = v4 ? 4 : 16;
    byte[] local =
        value.getByteArray(v4 ? ConnectionProgram.LOCAL_IP4 : ConnectionProgram.LOCAL_IP6, bytes);
    byte[] remote =
        value.getByteArray(v4 ? ConnectionProgram.REMOTE_IP4 : ConnectionProgram.REMOTE_IP6, bytes);
    short remotePort = Short.reverseBytes(value.getShort(ConnectionProgram.REMOTE_PORT));
    return new Ends(
        ByteBuffer.wrap(local),
        value.getInt(ConnectionProgram.LOCAL_PORT),
        ByteBuffer.wrap(remote),
        Short.toUnsignedInt(remotePort));
  }

  @Override
  public void close() {
    notes.close();
  }
}
