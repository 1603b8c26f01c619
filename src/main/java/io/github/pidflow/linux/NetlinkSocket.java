package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A netlink(7) socket: requests with their answers, and multicast events. One thread at a time.
 *
 * <p>A dump that the kernel marks as interrupted, and a buffer that overflows, are told to the
 * caller as such: what was read is then not the whole.
 */
public final class NetlinkSocket extends Pollable implements AutoCloseable {
  public static final int NETLINK_ROUTE = 0;
  public static final int NETLINK_SOCK_DIAG = 4;

  public static final int NLM_F_REQUEST = 1;
  public static final int NLM_F_ACK = 4;
  public static final int NLM_F_DUMP = 0x300;

  /** Size of {@code struct nlmsghdr}, which every request starts with. */
  public static final int HEADER_BYTES = 16;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SO_NETNS_COOKIE = 71;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_TRUNC = 0x20;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLM_F_MULTI = 2;
  private static final int NLM_F_DUMP_INTR = 0x10;

  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int ANSWER_TIMEOUT_MILLIS = 2000;

  private final Descriptor descriptor;
  private final Memory memory = new Memory(BUFFER_BYTES);
  private final ByteBuffer buffer =
      memory.getByteBuffer(0, BUFFER_BYTES).order(ByteOrder.nativeOrder());
  private int sequence;

  private NetlinkSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  public static NetlinkSocket open(int family) throws NativeIoException {
    Descriptor descriptor =
        Descriptor.socket(AF_NETLINK, SOCK_DGRAM, family, "AF_NETLINK, family " + family);
    try {
      // struct sockaddr_nl { u16 family; u16 pad; u32 pid; u32 groups; }
      ByteBuffer address = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
      address.putShort(0, (short) AF_NETLINK);
      descriptor.bind(address.array(), "AF_NETLINK");
      descriptor.setOption(SOL_SOCKET, SO_RCVBUF, 4 * BUFFER_BYTES, "SO_RCVBUF");
      return new NetlinkSocket(descriptor);
    } catch (NativeIoException e) {
      descriptor.close();
      throw e;
    }
  }

  /** What receives one netlink message: its type, and its payload between position and limit. */
  @FunctionalInterface
  public interface MessageHandler {
    void onMessage(int type, ByteBuffer payload);
  }

  /** The cookie of the network namespace the socket is in; 0 before Linux 5.14. */
  public long netnsCookie() {
    try (Memory value = new Memory(Long.BYTES);
        Memory length = new Memory(Integer.BYTES)) {
      length.setInt(0, Long.BYTES);
      boolean told =
          LibC.getsockopt(descriptor.fd(), SOL_SOCKET, SO_NETNS_COOKIE, value, length) == 0;
      return told ? value.getLong(0) : 0;
    }
  }

  public void join(int group) throws NativeIoException {
    descriptor.setOption(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group, "netlink group " + group);
  }

  /**
   * A request with room for its payload, which starts at {@link #HEADER_BYTES}; position there.
   *
   * @param payloadBytes exact size of what will be put
   */
  public static ByteBuffer request(int type, int flags, int payloadBytes) {
    ByteBuffer request =
        ByteBuffer.allocate(HEADER_BYTES + payloadBytes).order(ByteOrder.nativeOrder());
    request.putInt(HEADER_BYTES + payloadBytes);
    request.putShort((short) type);
    request.putShort((short) (NLM_F_REQUEST | flags));
    request.putLong(0); // sequence, filled in when sent, and port id
    return request;
  }

  /**
   * Sends a request and hands over every message of its answer.
   *
   * @return false if a dump was interrupted by a change and may lack or repeat entries
   * @throws NativeIoException with the errno the kernel answered, {@code ENOENT} for example
   */
  public boolean exchange(ByteBuffer request, String what, MessageHandler handler)
      throws NativeIoException {
    request.putInt(8, ++sequence);
    byte[] bytes = new byte[request.capacity()];
    request.get(0, bytes);
    if (LibC.send(descriptor.fd(), bytes, bytes.length, 0) < 0) {
      throw NativeIoException.last("send(" + what + ')');
    }
    boolean consistent = true;
    while (true) {
      if (!descriptor.awaitInput(ANSWER_TIMEOUT_MILLIS)) {
        throw new NativeIoException("no answer to " + what, Errno.EAGAIN);
      }
      int length = receive();
      for (int at = 0; at + HEADER_BYTES <= length; ) {
        int messageLength = buffer.getInt(at);
        if (messageLength < HEADER_BYTES || at + messageLength > length) {
          throw new NativeIoException("malformed answer to " + what, Errno.EINVAL);
        }
        int type = Short.toUnsignedInt(buffer.getShort(at + 4));
        int flags = Short.toUnsignedInt(buffer.getShort(at + 6));
        if (buffer.getInt(at + 8) == sequence) {
          consistent &= (flags & NLM_F_DUMP_INTR) == 0;
          if (type == NLMSG_DONE || type == NLMSG_ERROR) {
            // Both carry an int: a dump that fails after it was begun says so at its end.
            int result = messageLength < HEADER_BYTES + 4 ? 0 : buffer.getInt(at + HEADER_BYTES);
            if (result < 0) {
              throw new NativeIoException(what, -result);
            }
            return consistent;
          }
          handler.onMessage(type, payload(at, messageLength));
          if ((flags & NLM_F_MULTI) == 0) {
            return consistent;
          }
        }
        at += align(messageLength);
      }
    }
  }

  /**
   * Hands over the events that wait, without waiting for more.
   *
   * @return how many there were
   * @throws NativeIoException {@code ENOBUFS} when the kernel had to throw events away
   */
  public int drainEvents(MessageHandler handler) throws NativeIoException {
    int events = 0;
    while (true) {
      int length = receive();
      if (length < 0) {
        return events;
      }
      for (int at = 0; at + HEADER_BYTES <= length; ) {
        int messageLength = buffer.getInt(at);
        if (messageLength < HEADER_BYTES || at + messageLength > length) {
          break;
        }
        int type = Short.toUnsignedInt(buffer.getShort(at + 4));
        handler.onMessage(type, payload(at, messageLength));
        events++;
        at += align(messageLength);
      }
    }
  }

  /** See {@link Descriptor#awaitInput}. */
  public boolean awaitInput(int timeoutMillis) throws NativeIoException {
    return descriptor.awaitInput(timeoutMillis);
  }

  @Override
  int[] fds() {
    return new int[] {descriptor.fd()};
  }

  @Override
  public void close() {
    descriptor.close();
    memory.close();
  }

  private int receive() throws NativeIoException {
    long length = LibC.recv(descriptor.fd(), memory, BUFFER_BYTES, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0) {
      int errno = Native.getLastError();
      if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
        return -1;
      }
      throw new NativeIoException("recv(AF_NETLINK)", errno);
    }
    if (length > BUFFER_BYTES) {
      throw new NativeIoException("netlink message of " + length + " bytes", Errno.ENOBUFS);
    }
    return (int) length;
  }

  private ByteBuffer payload(int at, int messageLength) {
    return buffer
        .slice(at + HEADER_BYTES, messageLength - HEADER_BYTES)
        .order(ByteOrder.nativeOrder());
  }

  private static int align(int length) {
    return length + 3 & ~3;
  }
}
