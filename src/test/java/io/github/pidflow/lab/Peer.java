package io.github.pidflow.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The test's end of a {@link TrafficPeer}: its pid, its comm, every port it had, and its commands.
 * Commands that take time return a future, so that transfers can run side by side.
 */
public final class Peer {
  private static final int ANSWER_SECONDS = 60;

  private final Node node;
  private final String comm;
  private final Process process;
  private final Writer stdin;
  private final AtomicInteger tags = new AtomicInteger();
  private final Map<Integer, CompletableFuture<String>> pending = new ConcurrentHashMap<>();
  private final Set<LocalPort> ports = new HashSet<>();

  private Peer(Node node, String comm, Process process) {
    this.node = node;
    this.comm = comm;
    this.process = process;
    stdin = new OutputStreamWriter(process.getOutputStream(), UTF_8);
  }

  /** A port of this process: IP protocol number and port. */
  public record LocalPort(int protocol, int port) {}

  static Peer start(Node node, String comm) {
    Peer peer = new Peer(node, comm, node.start(commandLine(comm)));
    CompletableFuture<String> ready = new CompletableFuture<>();
    peer.pending.put(0, ready);
    Thread reader = new Thread(peer::readAnswers, "answers of " + comm);
    reader.setDaemon(true);
    reader.start();
    return peer;
  }

  public long pid() {
    return process.pid();
  }

  public String comm() {
    return comm;
  }

  public Node node() {
    return node;
  }

  /** Every port this process was told to open, including closed ones. */
  public synchronized Set<LocalPort> ports() {
    return Set.copyOf(ports);
  }

  /** A TCP socket that listens on an unused port of the node. */
  public PeerSocket listen(StandardProtocolFamily family) {
    PeerSocket socket = socket(PeerSocket.TCP, node.unusedPort());
    ask("listen " + socket.name() + ' ' + family + ' ' + socket.port());
    return socket;
  }

  /** A TCP connection from an unused port of the node. */
  public PeerSocket connect(StandardProtocolFamily family, InetAddress remote, int remotePort) {
    PeerSocket socket = socket(PeerSocket.TCP, node.unusedPort());
    ask(
        "connect "
            + String.join(" ", socket.name(), family.name(), Integer.toString(socket.port()))
            + remote(remote, remotePort));
    return socket;
  }

  /** A UDP socket bound to the wildcard address and an unused port of the node. */
  public PeerSocket udp(StandardProtocolFamily family) {
    PeerSocket socket = socket(PeerSocket.UDP, node.unusedPort());
    ask("udp " + socket.name() + ' ' + family + ' ' + socket.port());
    return socket;
  }

  /** Sends one ICMP echo and returns whether it was answered in time. */
  public boolean echo(InetAddress remote, int timeoutMillis) {
    return Boolean.parseBoolean(ask("echo " + remote.getHostAddress() + ' ' + timeoutMillis));
  }

  /** Changes the process's comm. */
  public void rename(String newComm) {
    ask("rename " + newComm);
  }

  /** A GET from inside the namespace: the status, a space, and the body in Base64. */
  String fetch(String url) {
    return ask("fetch " + url);
  }

  /** Ends the process like {@code kill -9}, whatever it is doing. */
  public void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(comm + " did not end on SIGKILL");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for an answer, with a timeout. */
  public static <T> T finish(CompletableFuture<T> future) {
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer in " + ANSWER_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  CompletableFuture<String> begin(String command) {
    int tag = tags.incrementAndGet();
    CompletableFuture<String> answer = new CompletableFuture<>();
    pending.put(tag, answer);
    try {
      synchronized (stdin) {
        stdin.write(tag + " " + command + '\n');
        stdin.flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(comm + ": " + command, e);
    }
    return answer;
  }

  String ask(String command) {
    return finish(begin(command));
  }

  PeerSocket socket(int protocol, int port) {
    synchronized (this) {
      ports.add(new LocalPort(protocol, port));
    }
    return new PeerSocket(this, "s" + tags.incrementAndGet(), protocol, port);
  }

  static String remote(InetAddress address, int port) {
    return ' ' + address.getHostAddress() + ' ' + port;
  }

  private static ProcessBuilder commandLine(String comm) {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            Path.of(TrafficPeer.class.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString(),
            TrafficPeer.class.getName(),
            comm)
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  private void readAnswers() {
    String end = "ended";
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] words = line.split(" ", 3);
        CompletableFuture<String> answer = pending.remove(Integer.parseInt(words[0]));
        if (words[1].equals("ok")) {
          answer.complete(words[2]);
        } else {
          answer.completeExceptionally(new IllegalStateException(comm + ": " + words[2]));
        }
      }
    } catch (IOException | RuntimeException e) {
      end = "ended: " + e;
    }
    for (CompletableFuture<String> answer : pending.values()) {
      answer.completeExceptionally(new IllegalStateException(comm + ' ' + end));
    }
  }
}
