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
 * The capture sources of all network namespaces. One thread reads them in turn and waits only when
 * none of them has a frame. The statistics include sources that have been removed.
 */
public final class CaptureGroup implements AutoCloseable {
  /** The longest wait while there is a source that cannot end it, such as libpcap's. */
  private static final int UNPOLLABLE_WAIT_MILLIS = 10;

  private final Poller poller;
  private final List<Member> members = new ArrayList<>();
  private CaptureStatistics departed = CaptureStatistics.NONE;
  private boolean hasUnpollable;
  private int oneIn = 1;
  private int minSnapLength;

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
    updateHasUnpollable();
    source.sampleOneIn(oneIn);
    if (minSnapLength > 0) {
      source.setMinSnapLength(minSnapLength);
    }
  }

  /**
   * See {@link CaptureSource#setMinSnapLength}; applies to sources added later too. 0 restores the
   * configured snap length.
   */
  public void setMinSnapLength(int bytes) throws IOException {
    if (bytes == minSnapLength) {
      return;
    }
    minSnapLength = bytes;
    for (Member each : members) {
      each.source.setMinSnapLength(bytes);
    }
  }

  /** See {@link CaptureSource#sampleOneIn}; applies to sources added later too. */
  public void sampleOneIn(int oneIn) throws IOException {
    this.oneIn = oneIn;
    for (Member each : members) {
      each.source.sampleOneIn(oneIn);
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

  public void updateInterfaces(int namespace, List<NetworkInterface> interfaces)
      throws IOException {
    for (Member each : members) {
      if (each.namespace == namespace) {
        each.source.updateInterfaces(interfaces);
      }
    }
  }

  /**
   * Hands over the last frames of a namespace's source and lets go of it. The caller closes it,
   * also if this throws.
   */
  public void remove(int namespace, FrameHandler handler) throws IOException {
    for (Member each : List.copyOf(members)) {
      if (each.namespace == namespace) {
        members.remove(each);
        updateHasUnpollable();
        Optional<Pollable> pollable = each.source.pollable();
        if (pollable.isPresent()) {
          // Until it is closed it would end each wait at once.
          poller.remove(pollable.get());
        }
        while (each.source.poll(handler, Integer.MAX_VALUE) > 0) {
          // Drain it.
        }
        departed = departed.plus(each.source.statistics());
      }
    }
  }

  /**
   * Hands over available frames, at most {@code limit} of each kernel buffer. If there are none, it
   * waits until there are, at most {@code waitMillis} or until {@link #wake()}.
   */
  public void poll(FrameHandler handler, int limit, int waitMillis) throws IOException {
    int handled = 0;
    for (int i = 0; i < members.size(); i++) {
      handled += members.get(i).source.poll(handler, limit);
    }
    if (handled == 0) {
      poller.await(hasUnpollable ? UNPOLLABLE_WAIT_MILLIS : waitMillis);
    }
  }

  /** Ends a wait in {@link #poll}; for any thread. */
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

  private void updateHasUnpollable() {
    hasUnpollable = members.stream().anyMatch(each -> each.source.pollable().isEmpty());
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
