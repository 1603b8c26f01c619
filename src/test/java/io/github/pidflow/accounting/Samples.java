package io.github.pidflow.accounting;

import io.github.pidflow.config.AccountingSettings;
import io.github.pidflow.config.AccountingSettings.Attribute;
import io.github.pidflow.flow.Direction;
import io.github.pidflow.flow.IpAddress;
import io.github.pidflow.flow.PacketType;
import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.Protocol;
import io.github.pidflow.flow.Segment;
import io.github.pidflow.flow.SocketKey;
import java.time.Duration;
import java.util.List;

/** Settings, processes, sockets and segments shared by the accounting tests. */
public final class Samples {
  public static final long SECOND = 1_000_000_000;

  private Samples() {}

  /** Ten seconds of retention, five of parking, groups by comm. */
  public static AccountingSettings settings(int parkedMaxCount, int maxProcesses, int maxGroups) {
    return new AccountingSettings(
        parkedMaxCount,
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        maxProcesses,
        maxGroups,
        List.of(),
        Attribute.COMM);
  }

  public static ProcessInfo process(int pid, long startTicks, String comm) {
    return process(pid, startTicks, comm, "/usr/bin/" + comm);
  }

  public static ProcessInfo process(int pid, long startTicks, String comm, String exe) {
    return new ProcessInfo(
        new ProcessId(pid, startTicks), comm, exe, "root", "", "", "", startTicks);
  }

  /** A TCP connection from 10.0.0.1 and the given port to port 443 of 10.0.0.2. */
  public static SocketKey connection(int localPort) {
    return new SocketKey(
        Protocol.TCP,
        0,
        IpAddress.mapped(0x0a00_0001),
        localPort,
        0,
        IpAddress.mapped(0x0a00_0002),
        443);
  }

  public static SocketKey listener(int protocol, int localPort) {
    return new SocketKey(protocol, 0, IpAddress.mapped(0), localPort, 0, 0, 0);
  }

  public static Segment segment(SocketKey key, Direction direction, int bytes) {
    Segment segment = new Segment();
    segment.reset(7, PacketType.UNKNOWN, 0, 0);
    segment.protocol(key.protocol());
    if (direction == Direction.TX) {
      segment.addresses(key.localHigh(), key.localLow(), key.remoteHigh(), key.remoteLow());
      segment.ports(key.localPort(), key.remotePort());
    } else {
      segment.addresses(key.remoteHigh(), key.remoteLow(), key.localHigh(), key.localLow());
      segment.ports(key.remotePort(), key.localPort());
    }
    segment.direction(direction);
    segment.bytes(bytes);
    return segment;
  }
}
