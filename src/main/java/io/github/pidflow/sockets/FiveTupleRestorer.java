package io.github.pidflow.sockets;

import io.github.pidflow.bpf.ConnectionNotes;
import io.github.pidflow.bpf.ConnectionNotes.Ends;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.SocketKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores the five-tuple of a destroyed TCP connection. A connection closed by RST has lost it by
 * the time of its destroy event; an eBPF program noted it under the socket's cookie.
 */
final class FiveTupleRestorer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FiveTupleRestorer.class);

  private final ConnectionNotes notes;

  private FiveTupleRestorer(ConnectionNotes notes) {
    this.notes = notes;
  }

  /** Opens the notes; where the kernel refuses them, sockets are returned as they are. */
  static FiveTupleRestorer open(boolean noted) {
    try {
      return new FiveTupleRestorer(noted ? ConnectionNotes.open() : null);
    } catch (IOException e) {
      LOG.debug("five-tuples of closed connections are not available: {}", e.getMessage());
      return new FiveTupleRestorer(null);
    }
  }

  /** Returns the socket, with its five-tuple if it was lost and noted. */
  KernelSocket restore(KernelSocket destroyed) {
    SocketKey key = destroyed.key();
    boolean lost = key.protocol() == Protocol.TCP && !key.isConnected() && destroyed.cookie() != 0;
    return notes == null || !lost
        ? destroyed
        : notes.find(destroyed.cookie()).map(ends -> with(ends, destroyed)).orElse(destroyed);
  }

  private static KernelSocket with(Ends ends, KernelSocket socket) {
    SocketKey key =
        new SocketKey(
            socket.key().namespace(),
            Protocol.TCP,
            high(ends.local()),
            low(ends.local()),
            ends.localPort(),
            high(ends.remote()),
            low(ends.remote()),
            ends.remotePort());
    return new KernelSocket(key, socket.inode(), socket.cookie(), socket.v6Only());
  }

  private static long high(ByteBuffer address) {
    return address.limit() == Integer.BYTES ? 0 : address.getLong(0);
  }

  private static long low(ByteBuffer address) {
    return address.limit() == Integer.BYTES
        ? IpAddress.mapped(address.getInt(0))
        : address.getLong(Long.BYTES);
  }

  @Override
  public void close() {
    if (notes != null) {
      notes.close();
    }
  }
}
