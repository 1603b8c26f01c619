package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.ProcessInfo;

/** What a process moved since the daemon started, and how much of it a second of late. */
record ProcessRate(
    ProcessInfo process,
    Traffic total,
    double rxBytesPerSecond,
    double txBytesPerSecond,
    double rxPacketsPerSecond,
    double txPacketsPerSecond) {

  double bytesPerSecond() {
    return rxBytesPerSecond + txBytesPerSecond;
  }
}
