package io.github.pidflow.sockets;

import io.github.pidflow.config.OwnershipSettings;
import io.github.pidflow.config.OwnershipSettings.Source;
import io.github.pidflow.flow.Miss;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.runtime.Feature;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** Lists and finds the sockets of one network namespace. */
interface SocketSource extends AutoCloseable {
  /** Opens the configured source; sock_diag falls back to /proc/net unless it is required. */
  static SocketSource open(OwnershipSettings settings) throws NativeIoException {
    ProcNetSource procNet = new ProcNetSource(settings.procRoot());
    if (settings.source() == Source.PROC) {
      return procNet;
    }
    try {
      return SockDiagSource.open(procNet);
    } catch (NativeIoException e) {
      if (settings.source() == Source.SOCK_DIAG) {
        throw e;
      }
      LoggerFactory.getLogger(SocketSource.class).warn(Feature.SOCK_DIAG.missing(e.getMessage()));
      return procNet;
    }
  }

  /** Passes every socket of every protocol to the sink. */
  void dump(Consumer<KernelSocket> sink) throws IOException;

  /** Passes the sockets of one port of a protocol to the sink. */
  void dumpPort(int protocol, int port, Consumer<KernelSocket> sink) throws IOException;

  /**
   * Asks the kernel for the one socket that receives the packets of a miss.
   *
   * @return empty if the kernel has none
   */
  Optional<KernelSocket> find(Miss miss) throws IOException;

  /**
   * Lists the raw and ping sockets that may receive the packets of a miss, for protocols that
   * {@link #find} does not support. Their tables are short and cheap to read.
   */
  List<KernelSocket> candidates(Miss miss) throws IOException;

  /** Passes every raw socket to the sink. */
  void dumpRaw(Consumer<KernelSocket> sink) throws IOException;

  /** Returns whether {@link #find} supports a protocol; if not, only a dump finds its sockets. */
  boolean canFind(int protocol);

  /** Passes the sockets that can send packets of any protocol, as far as the source tells them. */
  void dumpSenders(Consumer<KernelSocket> sink) throws IOException;

  @Override
  void close();
}
