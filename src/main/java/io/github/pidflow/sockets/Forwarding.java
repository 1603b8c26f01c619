package io.github.pidflow.sockets;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether the calling thread's network namespace forwards packets (ip-sysctl). */
final class Forwarding {
  private static final List<String> SETTINGS =
      List.of("sys/net/ipv4/ip_forward", "sys/net/ipv6/conf/all/forwarding");

  private Forwarding() {}

  static boolean isEnabled(Path procRoot) {
    for (String setting : SETTINGS) {
      try {
        byte[] value = Files.readAllBytes(procRoot.resolve(setting));
        if (!new String(value, StandardCharsets.US_ASCII).strip().equals("0")) {
          return true;
        }
      } catch (IOException e) {
        // The kernel lacks the protocol, so it does not forward it.
      }
    }
    return false;
  }
}
