package io.github.pidflow.ownership;

import io.github.pidflow.linux.BootClock;
import io.github.pidflow.processes.ProcessTable;
import io.github.pidflow.processes.SocketHolders;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Searches fd tables for the holders of sockets. Reading fd tables is the expensive part of
 * ownership, so likely processes are read first; a walk of all processes comes last, takes a
 * bounded share of the time, and is done in slices so that lookups go on in between.
 */
final class HolderSearch {
  /** A walk that took n seconds is followed by at least 20 n seconds without one. */
  private static final int PAUSE_PER_WALK = 20;

  private static final long SLICE_NANOS = 10_000_000;

  /** Sockets of the kernel itself have an inode and no holder: the search for one must end. */
  private static final int MAX_FAILED_WALKS = 2;

  private final ProcessTable processes;
  private final SocketHolders holders;
  private final Map<Long, Integer> failedWalks = new HashMap<>();

  private final Set<Long> wantedOfWalk = new HashSet<>();
  private long walkNanos;
  private long walkStartNanos;
  private long nextWalkNanos = System.nanoTime();
  private long walkedAtNanos;

  HolderSearch(ProcessTable processes, SocketHolders holders) {
    this.processes = processes;
    this.holders = holders;
  }

  /** Whether the socket's holder was not found by several walks, and is not expected to be. */
  boolean isGivenUp(long inode) {
    return failedWalks.getOrDefault(inode, 0) >= MAX_FAILED_WALKS;
  }

  boolean isHeld(long inode) {
    return holders.holder(inode).isPresent();
  }

  /** Reads the fd tables of processes for one slice at most. */
  void read(List<Integer> pids) {
    holders.walk(pids, SLICE_NANOS);
  }

  /**
   * Searches the creators, then the processes that are new or whose fd table changed, then the
   * owners of other sockets and service managers; if a holder is still missing, a walk of all
   * processes begins, unless the last one was too recent.
   */
  void seek(Set<Long> inodes, Collection<Integer> creators, Collection<Integer> owners) {
    Set<Long> missing = new HashSet<>(inodes);
    if (findAll(missing, creators)
        || findAll(missing, processes.refresh())
        || findAll(missing, owners)
        || findAll(missing, processes.serviceManagers())) {
      return;
    }
    if (isWalking() || System.nanoTime() - nextWalkNanos >= 0) {
      beginWalk(missing);
    }
  }

  /** Removes those whose holder is among the processes; returns whether none is left. */
  private boolean findAll(Set<Long> missing, Collection<Integer> pids) {
    if (!missing.isEmpty()) {
      holders.walk(new ArrayList<>(pids), missing, SLICE_NANOS);
      missing.removeIf(holders::hasUser);
    }
    return missing.isEmpty();
  }

  /**
   * Begins a walk, unless one is under way, and gives sockets that were given up another chance.
   *
   * @param atOnce whether to complete the walk before returning
   */
  void seekEverywhere(Set<Long> inodes, boolean atOnce) {
    failedWalks.clear();
    beginWalk(inodes);
    if (atOnce) {
      continueWalk(Long.MAX_VALUE);
    }
  }

  private void beginWalk(Set<Long> wanted) {
    if (isWalking()) {
      // It may have passed the holders already, so it proves nothing about these sockets.
      return;
    }
    walkStartNanos = BootClock.steadyNanos();
    walkNanos = 0;
    wantedOfWalk.clear();
    wantedOfWalk.addAll(wanted);
    processes.refresh();
    holders.beginWalk(wantedOfWalk);
  }

  /** Whether a walk of all fd tables is under way. */
  boolean isWalking() {
    return holders.isWalking();
  }

  /** Continues the walk for one slice; returns whether it is complete. */
  boolean continueWalk() {
    return continueWalk(SLICE_NANOS);
  }

  private boolean continueWalk(long nanos) {
    long start = System.nanoTime();
    boolean complete = holders.continueWalk(nanos);
    long end = System.nanoTime();
    walkNanos += end - start;
    if (complete) {
      walkedAtNanos = walkStartNanos;
      for (long inode : wantedOfWalk) {
        if (!isHeld(inode)) {
          failedWalks.merge(inode, 1, Integer::sum);
        }
      }
      wantedOfWalk.clear();
      nextWalkNanos = end + walkNanos * PAUSE_PER_WALK;
    }
    return complete;
  }

  /** The start of the latest complete walk, in steady time. */
  long walkedAtNanos() {
    return walkedAtNanos;
  }
}
