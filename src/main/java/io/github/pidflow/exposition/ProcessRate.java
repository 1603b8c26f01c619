package io.github.pidflow.exposition;

import io.github.pidflow.accounting.TrafficSnapshot.Traffic;
import io.github.pidflow.flow.ProcessInfo;

/** The counters of a process and its recent rates. */
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
