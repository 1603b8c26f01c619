package io.github.pidflow.capture;

/** Hardware types of network devices ({@code ARPHRD_*} of linux/if_arp.h). */
public final class Arphrd {
  public static final int ETHER = 1;
  public static final int LOOPBACK = 772;

  /** A device without a link header, such as tun. */
  public static final int NONE = 0xfffe;

  private Arphrd() {}

  /** Whether frames of such a device start with an Ethernet header. */
  static boolean hasEthernetHeader(int hardwareType) {
    return hardwareType == ETHER || hardwareType == LOOPBACK;
  }
}
