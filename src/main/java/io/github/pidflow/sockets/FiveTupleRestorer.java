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

/** Gives a destroyed connection back the five-tuple it lost by RST, where the kernel noted it. */
public final class FiveTupleRestorer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FiveTupleRestorer.class);

  private final ConnectionNotes notes;

  private FiveTupleRestorer(ConnectionNotes notes) {
    this.notes = notes;
  }

  public static FiveTupleRestorer open(boolean noted) {
    try {
      return new FiveTupleRestorer(noted ? ConnectionNotes.open() : null);
    } catch (IOException e) {
      LOG.debug("five-tuples of connections are not noted: {}", e.getMessage());
      return new FiveTupleRestorer(null);
    }
  }

  /** The same socket, by its five-tuple if it had one. */
  public KernelSocket whole(KernelSocket destroyed) {
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
