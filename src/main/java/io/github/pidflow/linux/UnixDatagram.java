package io.github.pidflow.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Sends datagrams to a Unix socket (unix(7)). Java itself only supports Unix stream sockets.
 *
 * <pre>
 * struct sockaddr_un { sa_family_t sun_family; char sun_path[108]; };
 * </pre>
 */
public final class UnixDatagram {
  private static final short AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MAX_PATH_BYTES = 107;

  private final byte[] address;
  private final String name;

  private UnixDatagram(byte[] address, String name) {
    this.address = address;
    this.name = name;
  }

  /**
   * Names the receiver: an absolute path, or {@code @} and a name in the abstract namespace.
   *
   * @throws IllegalArgumentException if the name is neither, or is too long for a socket
   */
  public static UnixDatagram to(String name) {
    byte[] path = name.getBytes(UTF_8);
    boolean isAbstract = name.startsWith("@");
    if (path.length < 2 || path.length > MAX_PATH_BYTES || !(isAbstract || path[0] == '/')) {
      throw new IllegalArgumentException("neither a path nor @name of a Unix socket: " + name);
    }
    if (isAbstract) {
      path[0] = 0;
    }
    ByteBuffer address = ByteBuffer.allocate(Short.BYTES + path.length);
    // The length of the address delimits an abstract name; the kernel itself terminates a path.
    address.order(ByteOrder.nativeOrder()).putShort(AF_UNIX).put(path);
    return new UnixDatagram(address.array(), name);
  }

  /**
   * Sends one datagram through a socket of its own. Sending is rare, and the receiver may have been
   * restarted since the last time.
   */
  public void send(String text) throws NativeIoException {
    try (SocketDescriptor socket = SocketDescriptor.open(AF_UNIX, SOCK_DGRAM, 0, "AF_UNIX")) {
      socket.connect(address, name);
      byte[] message = text.getBytes(UTF_8);
      if (LibC.send(socket.fd(), message, message.length, MSG_NOSIGNAL) != message.length) {
        throw NativeIoException.last("send(" + name + ')');
      }
    }
  }
}
