package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Containerfile;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The image, built step by step, runs under the limits that the DaemonSet sets. */
@Timeout(120)
class ContainerImageIT {
  private static Containerfile.Image image;

  @BeforeAll
  @Timeout(600) // The first run ever downloads Debian itself.
  static void build() {
    image = Containerfile.build(Path.of("config", "container", "Containerfile"), Path.of(""));
  }

  @AfterAll
  static void clear() {
    if (image != null) {
      image.close();
    }
  }

  @Test
  void shouldStartFromItsClassArchive() {
    String loaded =
        image
            .root()
            .result(
                image.withEnvironment(
                    List.of("JDK_JAVA_OPTIONS=-Xlog:class+load"),
                    List.of("/usr/bin/pidflow", "version")))
            .output();

    assertTrue(loaded.contains("java.lang.Object source: shared objects file"), loaded);
    assertTrue(
        loaded.contains("io.github.pidflow.daemon.Main source: shared objects file (top)"), loaded);
  }

  @Test
  void shouldContainOneJavaAndNoPackageLists() {
    assertEquals(
        "/opt/java/bin/java\n",
        image.root().run("find", "/", "-xdev", "-name", "java", "-type", "f"));
    assertEquals("", image.root().run("find", "/var/lib/apt/lists", "/tmp", "-type", "f"));
  }

  @Test
  void shouldCountWithAReadOnlyRootAndOnlyItsCapabilities() throws IOException {
    List<String> command = new ArrayList<>(List.of("setpriv", "--no-new-privs", capabilities()));
    command.addAll(image.command());
    try (NetLab lab = NetLab.create()) {
      Node host = lab.node();
      Peer sender = host.peer("sender");
      Peer receiver = host.peer("receiver");
      try (Daemon daemon =
          Daemon.start(
              host,
              "127.0.0.1:10067",
              image
                  .root()
                  .readOnlyCommand(
                      image.withEnvironment(List.of("PIDFLOW_NAMESPACES=host"), command)))) {
        Peer.finish(
            Connection.open(sender, receiver, INET, InetAddress.getLoopbackAddress())
                .upload(1_000_000));

        daemon.await(
            "the sender's bytes",
            Duration.ofSeconds(20),
            page -> page.process(sender.pid()).tx() > 1_000_000);
        assertTrue(!daemon.log().contains(" WARN "), daemon.log());
        assertHeld(daemon.pid());
        assertEquals(0, daemon.stop("TERM"), daemon.log());
      }
    }
  }

  /** Checks that the limits apply: no other capability, and a read-only root. */
  private static void assertHeld(long pid) throws IOException {
    String permitted =
        Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
            .filter(line -> line.startsWith("CapPrm:"))
            .findFirst()
            .orElseThrow();
    long bits = Long.parseUnsignedLong(permitted.substring("CapPrm:".length()).strip(), 16);
    String root =
        Files.readAllLines(Path.of("/proc", Long.toString(pid), "mountinfo")).stream()
            .map(line -> line.split(" ", -1))
            .filter(fields -> fields[4].equals("/"))
            .map(fields -> fields[5])
            .findFirst()
            .orElseThrow();

    assertEquals(KubernetesManifests.capabilities().size(), Long.bitCount(bits), permitted);
    assertTrue(root.startsWith("ro,"), root);
  }

  /** The capabilities that the DaemonSet leaves a container. */
  private static String capabilities() {
    StringBuilder set = new StringBuilder("--bounding-set=-all");
    for (String capability : KubernetesManifests.capabilities()) {
      set.append(",+").append(capability.toLowerCase(Locale.ROOT));
    }
    return set.toString();
  }
}
