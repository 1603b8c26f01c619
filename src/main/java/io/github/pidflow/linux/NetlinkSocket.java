package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A netlink(7) socket for requests with their answers and for multicast events. For one thread at a
 * time.
 *
 * <p>The caller learns when a dump was interrupted and when the receive buffer has overflowed: the
 * messages read are then incomplete.
 *
 * <pre>
 * struct nlmsghdr, in native byte order       struct sockaddr_nl
 *  0 u32 nlmsg_len, with this header           0 u16 nl_family
 *  4 u16 nlmsg_type                            4 u32 nl_pid
 *  6 u16 nlmsg_flags                           8 u32 nl_groups
 *  8 u32 nlmsg_seq
 * 12 u32 nlmsg_pid
 * </pre>
 */
public final class NetlinkSocket extends Pollable implements AutoCloseable {
  public static final int NETLINK_ROUTE = 0;
  public static final int NETLINK_SOCK_DIAG = 4;
  public static final int NETLINK_NETFILTER = 12;

  /** Requests an acknowledgement, which ends an answer that nothing else ends. */
  public static final int NLM_F_ACK = 4;

  public static final int NLM_F_DUMP = 0x300;

  /** The size of {@code struct nlmsghdr}, which every request starts with. */
  public static final int HEADER_BYTES = 16;

  private static final int LENGTH = 0;
  private static final int TYPE = 4;
  private static final int FLAGS = 6;
  private static final int SEQUENCE = 8;
  private static final int ALIGNMENT = 4;

  private static final int NL_FAMILY = 0;
  private static final int SOCKADDR_NL_BYTES = 12;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_NETNS_COOKIE = 71;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int NETLINK_GET_STRICT_CHK = 12;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_TRUNC = 0x20;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLM_F_REQUEST = 1;
  private static final int NLM_F_MULTI = 2;
  private static final int NLM_F_DUMP_INTR = 0x10;

  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int ANSWER_TIMEOUT_MILLIS = 2000;

  private final SocketDescriptor descriptor;
  private final Memory memory = new Memory(BUFFER_BYTES);
  private final ByteBuffer buffer =
      memory.getByteBuffer(0, BUFFER_BYTES).order(ByteOrder.nativeOrder());
  private int sequence;

  private NetlinkSocket(SocketDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  public static NetlinkSocket open(int family) throws NativeIoException {
    SocketDescriptor descriptor =
        SocketDescriptor.open(AF_NETLINK, SOCK_DGRAM, family, "AF_NETLINK, family " + family);
    try {
      ByteBuffer address = ByteBuffer.allocate(SOCKADDR_NL_BYTES).order(ByteOrder.nativeOrder());
      address.putShort(NL_FAMILY, (short) AF_NETLINK);
      descriptor.bind(address.array(), "AF_NETLINK");
      descriptor.setOption(SOL_SOCKET, SO_RCVBUF, 4 * BUFFER_BYTES, "SO_RCVBUF");
      return new NetlinkSocket(descriptor);
    } catch (NativeIoException e) {
      descriptor.close();
      throw e;
    }
  }

  /** Receives a message: its type, and its payload between position and limit. */
  @FunctionalInterface
  public interface MessageHandler {
    void onMessage(int type, ByteBuffer payload);
  }

  /** The cookie of the network namespace the socket is in; 0 before Linux 5.14. */
  public long netnsCookie() {
    try (Memory value = new Memory(Long.BYTES)) {
      descriptor.readOption(SOL_SOCKET, SO_NETNS_COOKIE, value, "SO_NETNS_COOKIE");
      return value.getLong(0);
    } catch (NativeIoException e) {
      return 0;
    }
  }

  /**
   * Makes the kernel honour the filters in requests for dumps, instead of dumping everything. Does
   * nothing before Linux 4.20.
   */
  public void checkStrictly() {
    try {
      descriptor.setOption(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, "NETLINK_GET_STRICT_CHK");
    } catch (NativeIoException e) {
      // The kernel then sends more than is wanted, and the caller checks each message.
    }
  }

  /** Passes only those messages, from their header on, that a program of classic BPF accepts. */
  public void attachFilter(List<BpfInstruction> program) throws NativeIoException {
    descriptor.attachFilter(program);
  }

  /**
   * Lets the kernel queue so many bytes, beyond net.core.rmem_max where CAP_NET_ADMIN allows it: a
   * burst of events must outlast a moment in which this thread does not run.
   */
  public void queueBytes(int bytes) throws NativeIoException {
    try {
      descriptor.setOption(SOL_SOCKET, SO_RCVBUFFORCE, bytes, "SO_RCVBUFFORCE");
    } catch (NativeIoException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      descriptor.setOption(SOL_SOCKET, SO_RCVBUF, bytes, "SO_RCVBUF");
    }
  }

  /** Joins a multicast group, whose messages are then read by {@link #drainEvents}. */
  public void join(int group) throws NativeIoException {
    descriptor.setOption(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group, "netlink group " + group);
  }

  /**
   * Creates a request whose payload, yet to be written, starts at the buffer's position.
   *
   * @param payloadBytes the exact size of the payload
   */
  public static ByteBuffer request(int type, int flags, int payloadBytes) {
    ByteBuffer request =
        ByteBuffer.allocate(HEADER_BYTES + payloadBytes).order(ByteOrder.nativeOrder());
    request.putInt(LENGTH, HEADER_BYTES + payloadBytes);
    request.putShort(TYPE, (short) type);
    request.putShort(FLAGS, (short) (NLM_F_REQUEST | flags));
    return request.position(HEADER_BYTES);
  }

  /**
   * Sends a request and passes every message of its answer to the handler.
   *
   * @param what the request, for messages
   * @return false if a change interrupted a dump, which may then lack or repeat entries
   * @throws NativeIoException with the errno of the kernel's answer, {@code ENOENT} for example
   */
  public boolean exchange(ByteBuffer request, String what, MessageHandler handler)
      throws NativeIoException {
    request.putInt(SEQUENCE, ++sequence);
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
        int messageLength = buffer.getInt(at + LENGTH);
        if (messageLength < HEADER_BYTES || at + messageLength > length) {
          throw new NativeIoException("malformed answer to " + what, Errno.EINVAL);
        }
        int type = Short.toUnsignedInt(buffer.getShort(at + TYPE));
        int flags = Short.toUnsignedInt(buffer.getShort(at + FLAGS));
        if (buffer.getInt(at + SEQUENCE) == sequence) {
          consistent &= (flags & NLM_F_DUMP_INTR) == 0;
          if (type == NLMSG_DONE || type == NLMSG_ERROR) {
            // Both carry an error number: a dump can also fail after it has begun.
            int result =
                messageLength < HEADER_BYTES + Integer.BYTES ? 0 : buffer.getInt(at + HEADER_BYTES);
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
   * Passes the pending events to the handler, without waiting for more.
   *
   * @return the number of events
   * @throws NativeIoException {@code ENOBUFS} if the kernel had to drop events
   */
  public int drainEvents(MessageHandler handler) throws NativeIoException {
    int events = 0;
    while (true) {
      int length = receive();
      if (length < 0) {
        return events;
      }
      for (int at = 0; at + HEADER_BYTES <= length; ) {
        int messageLength = buffer.getInt(at + LENGTH);
        if (messageLength < HEADER_BYTES || at + messageLength > length) {
          break;
        }
        int type = Short.toUnsignedInt(buffer.getShort(at + TYPE));
        handler.onMessage(type, payload(at, messageLength));
        events++;
        at += align(messageLength);
      }
    }
  }

  @Override
  List<Descriptor> descriptors() {
    return List.of(descriptor);
  }

  @Override
  public void close() {
    descriptor.close();
    memory.close();
  }

  /** Receives one datagram of messages and returns its length, or -1 if none is pending. */
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
    return length + ALIGNMENT - 1 & -ALIGNMENT;
  }
}
