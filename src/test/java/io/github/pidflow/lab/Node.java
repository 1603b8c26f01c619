package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicInteger;

/** One network namespace of a {@link NetLab}, and the processes that run in it. */
public final class Node {
  /** Below the ephemeral range, so that the kernel never hands out a test's port. */
  private static final int FIRST_PORT = 20_000;

  private final NetLab lab;
  private final String namespace;
  private final Set<InetAddress> addresses = new CopyOnWriteArraySet<>();
  private final AtomicInteger nextPort = new AtomicInteger(FIRST_PORT);

  Node(NetLab lab, String namespace) {
    this.lab = lab;
    this.namespace = namespace;
  }

  public String namespace() {
    return namespace;
  }

  /** A port that no other socket of this node uses, so that its bytes belong to one process. */
  public int unusedPort() {
    return nextPort.getAndIncrement();
  }

  /** Runs {@code ip} on this namespace. */
  public void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
    command.addAll(Arrays.asList(arguments));
    Command.run(command);
  }

  /** Adds an address that can be used at once. */
  public InetAddress address(String interfaceName, String address, int prefixLength) {
    List<String> arguments =
        new ArrayList<>(List.of("addr", "add", address + '/' + prefixLength, "dev", interfaceName));
    if (address.indexOf(':') >= 0) {
      arguments.add("nodad");
    } else {
      arguments.addAll(List.of("broadcast", "+"));
    }
    ip(arguments.toArray(String[]::new));
    InetAddress parsed = literal(address);
    addresses.add(parsed);
    return parsed;
  }

  /** Writes a kernel setting of this namespace; the name is a path below /proc/sys. */
  public void sysctl(String name, String value) {
    run("sh", "-c", "echo " + value + " > /proc/sys/" + name);
  }

  /** Whether an address belongs to this node; loopback does, in either family. */
  public boolean isLocal(InetAddress address) {
    return address.isLoopbackAddress() || addresses.contains(address);
  }

  /** Runs a command in this namespace that must succeed, and returns its output. */
  public String run(String... command) {
    return Command.run(inside(Arrays.asList(command)));
  }

  /**
   * Starts a process in this namespace that ends with the lab at the latest. {@code ip netns exec}
   * becomes the command, so the process's pid is the command's.
   */
  public Process start(ProcessBuilder builder) {
    try {
      return lab.adopt(builder.command(inside(builder.command())).start());
    } catch (IOException e) {
      throw new UncheckedIOException(String.join(" ", builder.command()), e);
    }
  }

  /** Starts a peer whose comm is the given one. */
  public Peer peer(String comm) {
    return Peer.start(this, comm);
  }

  static InetAddress literal(String address) {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(address, e);
    }
  }

  private List<String> inside(List<String> command) {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    inside.addAll(command);
    return inside;
  }
}
