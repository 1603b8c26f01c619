package io.github.pidflow.metering;

import io.github.pidflow.config.SamplingSettings;

/**
 * Decides which part of the packets is counted: one in 1, 2, 4, up to 1024. For one thread, which
 * asks about once a second.
 *
 * <p>More are left out when the metering thread took more than it may three times in a row, or, at
 * once, when the kernel dropped many packets, which nobody counts: as many as bring it back at one
 * stroke. More are let in when several looks in a row say that it would have had room for them. If
 * that was a mistake, the next try waits twice as long, up to five minutes, so a load at the border
 * does not make it flap.
 */
final class SamplingControl {
  private static final int MANY_PACKETS = 20_000;
  private static final int CALM_LOOKS = 5;

  /** How long it may take too much where nothing is dropped, as while its code is compiled. */
  private static final int BUSY_LOOKS = 3;

  private static final int MAX_CALM_LOOKS = 300;

  /** How long it must go well after more was let in. */
  private static final int PROOF_LOOKS = 30;

  /** How full the thread may be, by what it takes now, after more is let in. */
  private static final double ROOM = 0.6;

  private final double maxCpuCores;
  private int calmLooksWanted = CALM_LOOKS;
  private int calmLooks;
  private int proofLooksLeft;
  private int busyLooks;
  private boolean tightened;
  private double busiestCores;
  private String cause = "";

  SamplingControl(double maxCpuCores) {
    this.maxCpuCores = maxCpuCores;
  }

  /**
   * The N to go on with.
   *
   * @param oneIn the N there was since the last look
   * @param cores what the metering thread took since then
   * @param packets what passed the filter since then, dropped ones included
   * @param drops what the kernel dropped of it
   */
  int look(int oneIn, double cores, long packets, long drops) {
    busyLooks = cores > maxCpuCores ? busyLooks + 1 : 0;
    if (isTooMany(packets, drops) || busyLooks == BUSY_LOOKS) {
      busyLooks = 0;
      return tighten(oneIn, cores, packets, drops);
    }
    if (busyLooks > 0) {
      startCalm();
      return oneIn;
    }
    tightened = false;
    busiestCores = Math.max(busiestCores, cores);
    calmLooks++;
    if (proofLooksLeft > 0 && --proofLooksLeft == 0) {
      calmLooksWanted = CALM_LOOKS;
    }
    if (oneIn == 1 || calmLooks < calmLooksWanted) {
      return oneIn;
    }
    int wider = widest(oneIn);
    if (wider < oneIn) {
      cause = "metering took %.2f cores or less".formatted(busiestCores);
      proofLooksLeft = PROOF_LOOKS;
    }
    startCalm();
    return wider;
  }

  /**
   * Few packets, or few of them, are dropped in a pause of the thread, not because they are many.
   */
  private static boolean isTooMany(long packets, long drops) {
    return packets > MANY_PACKETS && drops * 100 > packets;
  }

  /** Why the last answer was another than the one before. */
  String cause() {
    return cause;
  }

  private int tighten(int oneIn, double cores, long packets, long drops) {
    if (proofLooksLeft > 0) {
      calmLooksWanted = Math.min(2 * calmLooksWanted, MAX_CALM_LOOKS);
      proofLooksLeft = 0;
    }
    startCalm();
    cause =
        drops > 0
            ? "the kernel dropped %d of %d packets".formatted(drops, packets)
            : "metering took %.2f cores and may take %.2f".formatted(cores, maxCpuCores);
    // What is dropped next may be for want of the room that the packets before it still take.
    double excess =
        tightened
            ? 1
            : Math.max(cores / maxCpuCores, (double) packets / Math.max(packets - drops, 1));
    tightened = true;
    int thinner = 2 * oneIn;
    while (thinner < SamplingSettings.MAX_ONE_IN && thinner < excess * oneIn) {
      thinner *= 2;
    }
    return Math.min(thinner, SamplingSettings.MAX_ONE_IN);
  }

  private int widest(int oneIn) {
    int wider = oneIn;
    while (wider > 1 && 2 * busiestCores * oneIn / wider <= ROOM * maxCpuCores) {
      wider /= 2;
    }
    return wider;
  }

  private void startCalm() {
    calmLooks = 0;
    busiestCores = 0;
  }
}
