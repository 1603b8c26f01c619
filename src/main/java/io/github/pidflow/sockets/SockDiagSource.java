package io.github.pidflow.sockets;

import io.github.pidflow.flow.Miss;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.NetlinkSocket;
import io.github.pidflow.runtime.HeapBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists and finds sockets through NETLINK_SOCK_DIAG, which needs no privilege. Kernels differ in
 * the protocols they have a diag module for; the others are read from {@code /proc/net} and logged
 * once.
 */
final class SockDiagSource implements SocketSource {
  private static final Logger LOG = LoggerFactory.getLogger(SockDiagSource.class);

  private static final int MAX_HELD = HeapBound.of(65_536);
  private static final int MAX_DUMP_TRIES = 3;

  private final NetlinkSocket netlink;
  private final ProcNetSource procNet;
  private final List<Integer> protocols = new ArrayList<>();
  private boolean dumpsTcpAtOnce;

  private SockDiagSource(NetlinkSocket netlink, ProcNetSource procNet) {
    this.netlink = netlink;
    this.procNet = procNet;
  }

  /** Opens the netlink socket and probes which protocols have a diag module. */
  static SockDiagSource open(ProcNetSource procNet) throws NativeIoException {
    NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG);
    SockDiagSource source = new SockDiagSource(netlink, procNet);
    List<String> absent = new ArrayList<>();
    try {
      for (int protocol : ProcNetSource.PROTOCOLS) {
        if (source.hasDiag(protocol)) {
          source.protocols.add(protocol);
        } else {
          absent.add(Protocol.name(protocol));
        }
      }
      source.dumpsTcpAtOnce = source.answers(InetDiag.tcpDumpProbe());
    } catch (NativeIoException e) {
      netlink.close();
      throw e;
    }
    if (!source.protocols.contains(Protocol.TCP)) {
      netlink.close();
      throw new NativeIoException("sock_diag of TCP", Errno.ENOENT);
    }
    LOG.debug("no sock_diag module for {}, reading /proc/net instead", absent);
    return source;
  }

  private boolean hasDiag(int protocol) throws NativeIoException {
    return answers(InetDiag.dumpRequest(InetDiag.AF_INET, protocol));
  }

  private boolean answers(ByteBuffer request) throws NativeIoException {
    try {
      netlink.exchange(request, "sock_diag probe", (type, message) -> {});
      return true;
    } catch (NativeIoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.EINVAL) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void dump(Consumer<KernelSocket> sink) throws IOException {
    for (int protocol : ProcNetSource.PROTOCOLS) {
      if (protocol == Protocol.TCP && dumpsTcpAtOnce) {
        dump(InetDiag.tcpDumpRequest(), protocol, sink);
      } else if (protocols.contains(protocol)) {
        dump(InetDiag.dumpRequest(InetDiag.AF_INET, protocol), protocol, sink);
        dump(InetDiag.dumpRequest(InetDiag.AF_INET6, protocol), protocol, sink);
      } else {
        procNet.dump(protocol, sink);
      }
    }
  }

  @Override
  public void dumpPort(int protocol, int port, Consumer<KernelSocket> sink) throws IOException {
    if (protocols.contains(protocol)) {
      dump(InetDiag.portDumpRequest(InetDiag.AF_INET, protocol, port), protocol, sink);
      dump(InetDiag.portDumpRequest(InetDiag.AF_INET6, protocol, port), protocol, sink);
    } else {
      procNet.dumpPort(protocol, port, sink);
    }
  }

  private void dump(ByteBuffer request, int protocol, Consumer<KernelSocket> sink)
      throws NativeIoException {
    Held held = new Held(sink);
    for (int tries = 1; ; tries++) {
      boolean whole =
          netlink.exchange(
              request,
              "sock_diag dump of " + Protocol.name(protocol),
              (type, message) -> InetDiag.parse(protocol, message).ifPresent(held));
      if (whole || held.isPassing() || tries == MAX_DUMP_TRIES) {
        held.pass();
        return;
      }
      held.clear();
    }
  }

  /**
   * Holds the sockets of a dump back, since a dump that was interrupted is repeated. One that is
   * too large to be held is passed on as it is: the next scan corrects what it lacks.
   */
  private static final class Held implements Consumer<KernelSocket> {
    private final List<KernelSocket> sockets = new ArrayList<>();
    private final Consumer<KernelSocket> sink;
    private boolean passing;

    Held(Consumer<KernelSocket> sink) {
      this.sink = sink;
    }

    @Override
    public void accept(KernelSocket socket) {
      if (passing) {
        sink.accept(socket);
        return;
      }
      sockets.add(socket);
      if (sockets.size() == MAX_HELD) {
        pass();
      }
    }

    /** Passes on what is held, and what comes from now on. */
    void pass() {
      passing = true;
      sockets.forEach(sink);
      sockets.clear();
    }

    boolean isPassing() {
      return passing;
    }

    void clear() {
      sockets.clear();
    }
  }

  @Override
  public Optional<KernelSocket> find(Miss miss) throws NativeIoException {
    int protocol = miss.key().protocol();
    List<KernelSocket> found = new ArrayList<>(1);
    try {
      netlink.exchange(
          InetDiag.findRequest(miss),
          "sock_diag lookup",
          (type, message) -> InetDiag.parse(protocol, message).ifPresent(found::add));
    } catch (NativeIoException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    return found.stream().findFirst();
  }

  @Override
  public List<KernelSocket> candidates(Miss miss) throws IOException {
    return procNet.candidates(miss);
  }

  @Override
  public void dumpRaw(Consumer<KernelSocket> sink) throws IOException {
    procNet.dumpRaw(sink);
  }

  @Override
  public boolean canFind(int protocol) {
    return protocols.contains(protocol);
  }

  @Override
  public void dumpSenders(Consumer<KernelSocket> sink) throws IOException {
    procNet.dumpSenders(sink);
    try {
      netlink.exchange(
          PacketDiag.dumpRequest(),
          "sock_diag dump of packet sockets",
          (type, message) -> PacketDiag.parseSender(message).ifPresent(sink));
    } catch (NativeIoException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.EINVAL) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    netlink.close();
  }
}
