package io.github.pidflow.capture;

import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.linux.Errno;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.PacketSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps the selected interfaces in promiscuous mode while it is open, including interfaces that
 * appear later. It uses a packet socket of its own, which receives nothing, so that it works for
 * both engines: libpcap cannot make its {@code any} device promiscuous.
 */
final class Promiscuity implements AutoCloseable {
  private final InterfaceSelection selection;
  private final PacketSocket socket;
  private final Set<Integer> promiscuous = new HashSet<>();

  Promiscuity(boolean wanted, InterfaceSelection selection) throws NativeIoException {
    this.selection = selection;
    socket = wanted ? PacketSocket.open() : null;
  }

  void update(List<NetworkInterface> interfaces) throws NativeIoException {
    if (socket == null) {
      return;
    }
    promiscuous.retainAll(interfaces.stream().map(NetworkInterface::index).toList());
    for (NetworkInterface each : interfaces) {
      if (!each.loopback() && selection.selects(each) && promiscuous.add(each.index())) {
        enable(each);
      }
    }
  }

  private void enable(NetworkInterface target) throws NativeIoException {
    try {
      socket.setPromiscuous(target.index());
    } catch (NativeIoException e) {
      promiscuous.remove(target.index());
      if (e.errno() != Errno.ENODEV) {
        throw e;
      }
      // The interface has gone since it was listed; the next list will not contain it.
    }
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.close();
    }
  }
}
