package io.github.pidflow.metering;

import io.github.pidflow.config.SamplingSettings;

/**
 * Decides the sampling ratio: one packet in 1, 2, 4, up to 1024. For one thread, which updates it
 * about once a second.
 *
 * <p>The sample is thinned when the metering thread used more CPU than it may in three updates in a
 * row, or at once when the kernel dropped many packets: by as much as ends the excess in one step.
 * It is widened when several updates in a row leave room for more. If that was a mistake, the next
 * attempt waits twice as long, up to five minutes, so a load at the limit does not make it flap.
 */
final class SamplingControl {
  private static final int MANY_PACKETS = 20_000;
  private static final int CALM_UPDATES = 5;

  /** For how many updates CPU may be exceeded without drops, as while code is compiled. */
  private static final int BUSY_UPDATES = 3;

  private static final int MAX_CALM_UPDATES = 300;

  /** For how many updates a wider sample must hold before it counts as right. */
  private static final int PROOF_UPDATES = 30;

  /** The share of its CPU that a wider sample may be expected to take. */
  private static final double ROOM = 0.6;

  private final double maxCpuCores;
  private int calmUpdatesWanted = CALM_UPDATES;
  private int calmUpdates;
  private int proofUpdatesLeft;
  private int busyUpdates;
  private boolean tightened;
  private double busiestCores;
  private String cause = "";

  SamplingControl(double maxCpuCores) {
    this.maxCpuCores = maxCpuCores;
  }

  /**
   * Answers the next N of one in N.
   *
   * @param oneIn the N since the last update
   * @param cores the CPU the metering thread used since then
   * @param packets packets that passed the filter since then, dropped ones included
   * @param drops packets of these that the kernel dropped
   */
  int update(int oneIn, double cores, long packets, long drops) {
    busyUpdates = cores > maxCpuCores ? busyUpdates + 1 : 0;
    if (isTooMany(packets, drops) || busyUpdates == BUSY_UPDATES) {
      busyUpdates = 0;
      return tighten(oneIn, cores, packets, drops);
    }
    if (busyUpdates > 0) {
      startCalm();
      return oneIn;
    }
    tightened = false;
    busiestCores = Math.max(busiestCores, cores);
    calmUpdates++;
    if (proofUpdatesLeft > 0 && --proofUpdatesLeft == 0) {
      calmUpdatesWanted = CALM_UPDATES;
    }
    if (oneIn == 1 || calmUpdates < calmUpdatesWanted) {
      return oneIn;
    }
    int wider = widest(oneIn);
    if (wider < oneIn) {
      cause = "metering took %.2f cores or less".formatted(busiestCores);
      proofUpdatesLeft = PROOF_UPDATES;
    }
    startCalm();
    return wider;
  }

  /** Few drops, or drops among few packets, come from a pause of the thread, not from the load. */
  private static boolean isTooMany(long packets, long drops) {
    return packets > MANY_PACKETS && drops * 100 > packets;
  }

  /** The reason for the last change. */
  String cause() {
    return cause;
  }

  private int tighten(int oneIn, double cores, long packets, long drops) {
    if (proofUpdatesLeft > 0) {
      calmUpdatesWanted = Math.min(2 * calmUpdatesWanted, MAX_CALM_UPDATES);
      proofUpdatesLeft = 0;
    }
    startCalm();
    cause =
        drops > 0
            ? "the kernel dropped %d of %d packets".formatted(drops, packets)
            : "metering took %.2f cores and may take %.2f".formatted(cores, maxCpuCores);
    // Right after a step, drops may still come from the packets before it.
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
    calmUpdates = 0;
    busiestCores = 0;
  }
}
