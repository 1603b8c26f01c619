package io.github.pidflow.decode;

import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.runtime.CounterBatch;
import io.github.pidflow.runtime.DaemonCounter;
import java.nio.ByteBuffer;

/**
 * Finds the ports of a packet after its IP header: walks through extension headers, and looks up
 * the ports of later fragments in the {@link FragmentTable}.
 *
 * <p>The protocol is part of what identifies the fragments of an IPv4 packet. In IPv6 it is not
 * (RFC 8200, section 4.5), so IPv6 fragments are all stored under the fragment header's own number.
 */
final class PayloadDecoder {
  static final int MAX_EXTENSION_HEADERS = 16;

  private final CounterBatch counters;
  private final TransportDecoder transport;
  private final FragmentTable fragments = new FragmentTable();

  PayloadDecoder(CounterBatch counters) {
    this.counters = counters;
    transport = new TransportDecoder(counters);
  }

  /** Decodes an unfragmented IPv4 packet. */
  void decodeIpv4(ByteBuffer buffer, int offset, int end, int protocol, Segment segment) {
    int at = offset;
    int next = protocol;
    for (int walked = 0; next == Protocol.AH; walked++) {
      if (!isReadable(at, end, next, walked, segment)) {
        return;
      }
      int header = at;
      at += ExtensionHeader.length(buffer, header, next);
      next = ExtensionHeader.nextHeader(buffer, header);
    }
    transport.decode(buffer, at, end, next, segment);
  }

  /** Decodes a first IPv4 fragment. */
  void decodeFirstIpv4(
      ByteBuffer buffer, int offset, int end, int protocol, int identification, Segment segment) {
    decodeIpv4(buffer, offset, end, protocol, segment);
    remember(segment, protocol, identification);
  }

  /** Decodes a later IPv4 fragment, which has no transport header. */
  void decodeLaterIpv4(int protocol, int identification, Segment segment) {
    boolean portsAreInFirst = TransportDecoder.hasPorts(protocol) || protocol == Protocol.AH;
    decodeLater(protocol, portsAreInFirst, protocol, identification, segment);
  }

  /** Decodes what follows the fixed header of an IPv6 packet. */
  void decodeIpv6(ByteBuffer buffer, int offset, int end, int nextHeader, Segment segment) {
    int at = offset;
    int next = nextHeader;
    boolean isFirstFragment = false;
    int identification = 0;
    for (int walked = 0; ExtensionHeader.isOf(next); walked++) {
      if (!isReadable(at, end, next, walked, segment)) {
        return;
      }
      int header = at;
      at += ExtensionHeader.length(buffer, header, next);
      boolean isFragment = next == Protocol.IPV6_FRAGMENT;
      next = ExtensionHeader.nextHeader(buffer, header);
      if (isFragment) {
        int fragment = FragmentHeader.fragment(buffer, header);
        identification = FragmentHeader.identification(buffer, header);
        isFirstFragment = FragmentHeader.hasMoreFragments(fragment);
        if (FragmentHeader.isLaterFragment(fragment)) {
          decodeLaterIpv6(next, identification, segment);
          return;
        }
      }
    }
    transport.decode(buffer, at, end, next, segment);
    if (isFirstFragment) {
      remember(segment, Protocol.IPV6_FRAGMENT, identification);
    }
  }

  private void decodeLaterIpv6(int nextHeader, int identification, Segment segment) {
    boolean portsAreInFirst =
        TransportDecoder.hasPorts(nextHeader) || ExtensionHeader.isOf(nextHeader);
    decodeLater(nextHeader, portsAreInFirst, Protocol.IPV6_FRAGMENT, identification, segment);
  }

  /** Whether another header can be read; if not, the packet's ports remain unknown. */
  private boolean isReadable(int at, int end, int number, int walked, Segment segment) {
    if (walked == MAX_EXTENSION_HEADERS) {
      counters.increment(DaemonCounter.EXTENSION_HEADERS_TOO_MANY);
    } else if (end - at < ExtensionHeader.MIN_LENGTH) {
      counters.increment(DaemonCounter.TRUNCATED_TRANSPORT);
    } else {
      return true;
    }
    segment.protocol(number);
    return false;
  }

  /** If the protocol has no ports, the first fragment is not needed. */
  private void decodeLater(
      int protocol, boolean portsAreInFirst, int key, int identification, Segment segment) {
    segment.protocol(protocol);
    if (!portsAreInFirst) {
      segment.ports(0, 0);
    } else if (!fragments.recall(segment, key, identification)) {
      segment.orphanFragment(true);
      counters.increment(DaemonCounter.ORPHAN_FRAGMENTS);
    }
  }

  private void remember(Segment first, int key, int identification) {
    if (first.portsKnown()) {
      if (fragments.remember(first, key, identification)) {
        counters.increment(DaemonCounter.FRAGMENTS_FORGOTTEN);
      }
    }
  }
}
