package io.github.pidflow.capture;

import io.github.pidflow.flow.CaptureStatistics;
import io.github.pidflow.host.NetworkInterface;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.linux.Pollable;
import io.github.pidflow.linux.Poller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sources of all network namespaces, read in turn by one thread, which waits only when none of
 * them has a frame. What a source counted stays counted after it has left.
 */
public final class CaptureGroup implements AutoCloseable {
  /** Where a source cannot be waited on, as libpcap's cannot. */
  private static final int BLIND_WAIT_MILLIS = 10;

  private final Poller poller;
  private final List<Member> members = new ArrayList<>();
  private CaptureStatistics departed = CaptureStatistics.NONE;
  private boolean blind;
  private int oneIn = 1;
  private int copiedBytes;

  private record Member(int namespace, CaptureSource source) {}

  private CaptureGroup(Poller poller) {
    this.poller = poller;
  }

  public static CaptureGroup open() throws NativeIoException {
    return new CaptureGroup(Poller.open());
  }

  public void add(int namespace, CaptureSource source) throws IOException {
    Optional<Pollable> pollable = source.pollable();
    if (pollable.isPresent()) {
      poller.add(pollable.get(), namespace);
    }
    members.add(new Member(namespace, source));
    look();
    source.sample(oneIn);
    if (copiedBytes > 0) {
      source.copyAtLeast(copiedBytes);
    }
  }

  /**
   * See {@link CaptureSource#copyAtLeast}; also for the sources that come. 0 for no more than set.
   */
  public void copyAtLeast(int bytes) throws IOException {
    if (bytes == copiedBytes) {
      return;
    }
    copiedBytes = bytes;
    for (Member each : members) {
      each.source.copyAtLeast(bytes);
    }
  }

  /** Lets one packet in {@code oneIn} through on every source, also on those that come. */
  public void sample(int oneIn) throws IOException {
    this.oneIn = oneIn;
    for (Member each : members) {
      each.source.sample(oneIn);
    }
  }

  public int oneIn() {
    return oneIn;
  }

  public boolean has(int namespace) {
    return members.stream().anyMatch(each -> each.namespace == namespace);
  }

  public List<Integer> namespaces() {
    return members.stream().map(Member::namespace).toList();
  }

  public void useInterfaces(int namespace, List<NetworkInterface> interfaces) throws IOException {
    for (Member each : members) {
      if (each.namespace == namespace) {
        each.source.useInterfaces(interfaces);
      }
    }
  }

  /** Closes the source of a namespace, after the frames it still had. */
  public void remove(int namespace, FrameHandler handler) throws IOException {
    for (Member each : List.copyOf(members)) {
      if (each.namespace == namespace) {
        members.remove(each);
        look();
        try {
          while (each.source.poll(handler, Integer.MAX_VALUE) > 0) {
            // until it is empty
          }
          departed = departed.plus(each.source.statistics());
        } finally {
          close(each);
        }
      }
    }
  }

  /**
   * Hands over the frames there are, at most {@code limit} of each source; where there are none it
   * waits for some, for this long at most or until {@link #wake()}.
   */
  public void poll(FrameHandler handler, int limit, int waitMillis) throws IOException {
    int handled = 0;
    for (int i = 0; i < members.size(); i++) {
      handled += members.get(i).source.poll(handler, limit);
    }
    if (handled == 0) {
      poller.await(blind ? BLIND_WAIT_MILLIS : waitMillis);
    }
  }

  /** Ends a wait; for any thread. */
  public void wake() {
    poller.wake();
  }

  /** Packets and drops of all sources, present and past. */
  public CaptureStatistics statistics() throws IOException {
    CaptureStatistics sum = departed;
    for (Member each : members) {
      sum = sum.plus(each.source.statistics());
    }
    return sum;
  }

  private void look() {
    blind = members.stream().anyMatch(each -> each.source.pollable().isEmpty());
  }

  private void close(Member member) {
    member.source.close();
  }

  @Override
  public void close() {
    members.forEach(this::close);
    members.clear();
    poller.close();
  }
}
