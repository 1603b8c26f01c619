package io.github.pidflow.lab;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A small network on one machine: every node is a network namespace of its own, so a test knows
 * every packet there is. Names hold the test's pid, so runs side by side do not meet; interfaces
 * are made inside the namespaces and never show in the machine's own.
 *
 * <p>Closing it ends the processes it started, by their handles, and deletes its namespaces.
 */
public final class NetLab implements AutoCloseable {
  private static final AtomicInteger NODES = new AtomicInteger();
  private static final int END_SECONDS = 10;

  private final List<Node> nodes = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private final Thread atExit = new Thread(this::release, "netlab-release");
  private int links;

  private NetLab() {
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** An empty lab. Fails, rather than skips, if the machine cannot create one. */
  public static NetLab create() {
    String uid = Command.run(List.of("id", "-u")).strip();
    if (!uid.equals("0")) {
      throw new IllegalStateException(
          "the network lab needs root, for network namespaces; this is uid "
              + uid
              + "; run the tests as root");
    }
    if (!onPath("ip")) {
      throw new IllegalStateException(
          "the network lab needs ip(8); mend it with: apt-get install iproute2");
    }
    return new NetLab();
  }

  /** Whether a program is in the shell's PATH. */
  public static boolean onPath(String program) {
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /** A new namespace with {@code lo} up and duplicate address detection off. */
  public Node node() {
    String namespace = "pf" + ProcessHandle.current().pid() + "n" + NODES.incrementAndGet();
    Command.run(List.of("ip", "netns", "add", namespace));
    Node node = new Node(this, namespace);
    synchronized (this) {
      nodes.add(node);
    }
    node.sysctl("net/ipv6/conf/default/accept_dad", "0");
    node.sysctl("net/ipv6/conf/all/accept_dad", "0");
    node.ip("link", "set", "lo", "up");
    return node;
  }

  /** A veth pair that is up, without addresses; both ends have the returned name. */
  private String wire(Node a, Node b) {
    String name = "pf" + nextLink();
    Command.run(
        List.of(
            "ip",
            "-n",
            a.namespace(),
            "link",
            "add",
            name,
            "type",
            "veth",
            "peer",
            "name",
            name,
            "netns",
            b.namespace()));
    a.ip("link", "set", name, "up");
    b.ip("link", "set", name, "up");
    return name;
  }

  /** A veth pair with its own IPv4 and IPv6 subnets; {@code a} is 1 in both, b is 2. */
  public Link link(Node a, Node b) {
    String name = wire(a, b);
    String number = name.substring(2);
    return new Link(
        name,
        a.address(name, "10.77." + number + ".1", 24),
        a.address(name, "fd77:0:0:" + number + "::1", 64),
        b.address(name, "10.77." + number + ".2", 24),
        b.address(name, "fd77:0:0:" + number + "::2", 64));
  }

  /** A new host whose bridge {@code br0} connects two new guests. */
  public Bridge bridge() {
    Node host = node();
    Node guest1 = node();
    Node guest2 = node();
    String port1 = wire(host, guest1);
    String port2 = wire(host, guest2);
    host.ip("link", "add", "br0", "type", "bridge", "forward_delay", "0");
    host.ip("link", "set", port1, "master", "br0");
    host.ip("link", "set", port2, "master", "br0");
    host.ip("link", "set", "br0", "up");
    return new Bridge(
        host,
        guest1,
        guest2,
        host.address("br0", "10.78.0.1", 24),
        guest1.address(port1, "10.78.0.2", 24),
        guest2.address(port2, "10.78.0.3", 24));
  }

  /** Registers a process to be ended with the lab. */
  synchronized <P extends Process> P adopt(P process) {
    processes.add(process);
    return process;
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atExit);
    release();
  }

  private synchronized int nextLink() {
    return ++links;
  }

  private synchronized void release() {
    for (Process process : processes) {
      process.destroyForcibly();
    }
    for (Process process : processes) {
      try {
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException(process.pid() + " did not end on SIGKILL");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    processes.clear();
    for (Node node : nodes) {
      Command.run(List.of("ip", "netns", "del", node.namespace()));
    }
    nodes.clear();
  }
}
