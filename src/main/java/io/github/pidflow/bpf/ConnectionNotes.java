package io.github.pidflow.bpf;

import io.github.pidflow.linux.Bpf.AttachType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The five-tuples of TCP connections, recorded by the kernel when the connections are initiated or
 * accepted. A socket that a RST closes has lost its five-tuple by the time its end is reported, but
 * not its cookie. A {@link ConnectionProgram} at the root of the cgroup v2 hierarchy writes them to
 * a map, which drops the least recently used entry when it is full.
 *
 * <p>The requirements are those of {@link SocketNotes}.
 */
public final class ConnectionNotes implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;
  private static final int MAX_CONNECTIONS = 16_384;

  private final NoteMap notes;

  private ConnectionNotes(NoteMap notes) {
    this.notes = notes;
  }

  /** The ends of a connection. An address has four or sixteen bytes. */
  public record Ends(ByteBuffer local, int localPort, ByteBuffer remote, int remotePort) {}

  /** Starts to record connections, until this is closed or the process exits. */
  public static ConnectionNotes open() throws IOException {
    NoteMap notes = NoteMap.create(ConnectionProgram.VALUE_BYTES, MAX_CONNECTIONS);
    try {
      notes.attach(AttachType.CGROUP_SOCK_OPS, ConnectionProgram::instructions);
      return new ConnectionNotes(notes);
    } catch (IOException e) {
      notes.close();
      throw e;
    }
  }

  /** The ends of the connection with this cookie, if they were recorded and are not yet dropped. */
  public Optional<Ends> find(long cookie) {
    return notes.find(cookie).map(ConnectionNotes::ends);
  }

  private static Ends ends(ByteBuffer value) {
    boolean v4 = value.getInt(ConnectionProgram.FAMILY) == AF_INET;
    byte[] local = new byte[v4 ? IPV4_BYTES : IPV6_BYTES];
    byte[] remote = new byte[local.length];
    value.get(v4 ? ConnectionProgram.LOCAL_IP4 : ConnectionProgram.LOCAL_IP6, local);
    value.get(v4 ? ConnectionProgram.REMOTE_IP4 : ConnectionProgram.REMOTE_IP6, remote);
    // The value is in native order, which is little-endian, but this port is in network order.
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
