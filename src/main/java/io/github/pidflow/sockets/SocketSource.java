package io.github.pidflow.sockets;

import io.github.pidflow.flow.Miss;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Where the sockets of this network namespace are listed. */
public interface SocketSource extends AutoCloseable {
  /** Hands over every socket of every protocol. */
  void dump(Consumer<KernelSocket> sink) throws IOException;

  /**
   * Asks for the one socket that takes the packets of a miss.
   *
   * @return empty if the kernel knows of none
   */
  Optional<KernelSocket> find(Miss miss) throws IOException;

  /**
   * Lists the sockets that may take the packets of a miss of a protocol {@link #find} does not work
   * for: short tables, of raw and ping sockets, which cost little to read.
   */
  List<KernelSocket> candidates(Miss miss) throws IOException;

  /** Hands over raw sockets only. */
  void dumpRaw(Consumer<KernelSocket> sink) throws IOException;

  /** Whether {@link #find} works for a protocol; otherwise only the next dump can tell. */
  boolean canFind(int protocol);

  /** Hands over the sockets that can send packets of any protocol, as far as they can be told. */
  void dumpSenders(Consumer<KernelSocket> sink) throws IOException;

  @Override
  void close();
}
