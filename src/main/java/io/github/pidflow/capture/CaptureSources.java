package io.github.pidflow.capture;

import io.github.pidflow.config.CaptureSettings;
import io.github.pidflow.config.CaptureSettings.Engine;
import io.github.pidflow.linux.Capabilities;
import io.github.pidflow.linux.CpuAffinity;
import io.github.pidflow.linux.Diagnosis;
import io.github.pidflow.linux.NativeIoException;
import io.github.pidflow.runtime.DaemonCounters;
import io.github.pidflow.runtime.Feature;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the configured capture engine. */
public final class CaptureSources {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureSources.class);

  private CaptureSources() {}

  /**
   * Opens the configured engine. {@code auto} means the ring, or libpcap if the kernel refuses it.
   *
   * @throws IOException with a message that names the fix
   */
  public static CaptureSource open(int namespace, CaptureSettings settings, DaemonCounters counters)
      throws IOException {
    try {
      return settings.engine() == Engine.LIBPCAP
          ? LibpcapSource.open(namespace, settings)
          : openRing(namespace, settings, counters);
    } catch (IOException e) {
      if (!Capabilities.has(Capabilities.CAP_NET_RAW)) {
        throw new IOException(
            "capturing needs the capability CAP_NET_RAW: run as root, or under systemd with"
                + " AmbientCapabilities=CAP_NET_RAW CAP_SYS_PTRACE CAP_DAC_READ_SEARCH ("
                + e.getMessage()
                + ')',
            e);
      }
      throw e;
    }
  }

  /**
   * Pins the calling thread, which must be the polling one, to the configured CPUs.
   *
   * @throws IOException with a message that names the fix
   */
  public static void pin(CaptureSettings settings) throws IOException {
    if (settings.cpus().isEmpty()) {
      return;
    }
    try {
      CpuAffinity.pin(settings.cpus());
    } catch (NativeIoException e) {
      throw new InvalidSettingsException(
          e.getMessage()
              + ": pidflow.capture.cpus names none that is online and that this process may use;"
              + " see Cpus_allowed_list in /proc/self/status");
    }
  }

  private static CaptureSource openRing(
      int namespace, CaptureSettings settings, DaemonCounters counters) throws IOException {
    try {
      return settings.ring().fanout() > 1
          ? FanoutSource.open(namespace, settings, counters)
          : RingSource.open(namespace, settings, counters);
    } catch (NativeIoException e) {
      if (settings.engine() == Engine.AUTO && Capabilities.has(Capabilities.CAP_NET_RAW)) {
        String fix = Diagnosis.read().captureFix(e, Feature.RING.fix());
        LOG.warn(Feature.RING.missing(e.getMessage(), fix));
        return LibpcapSource.open(namespace, settings);
      }
      if (!Capabilities.has(Capabilities.CAP_NET_RAW)) {
        throw e;
      }
      throw new IOException(
          e.getMessage()
              + ": try a smaller pidflow.capture.ring.block-count, or pidflow.capture.engine ="
              + " libpcap",
          e);
    }
  }
}
