package io.github.pidflow;

import static java.net.StandardProtocolFamily.INET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.DebianRoot;
import io.github.pidflow.lab.Launcher;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** The life of the package in one Debian: installed, started, upgraded, removed, purged. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DebianPackageIT {
  private static final String ARCHIVE = "/var/cache/pidflow/pidflow.jsa";
  private static final String CONFIG = "/etc/pidflow/pidflow.conf";
  private static final String OPTIONS = "/etc/pidflow/jvm.options";
  private static final String EDITED =
      "pidflow.web.listen-address = \"127.0.0.1:10099\"\npidflow.namespaces = host\n";

  private static DebianRoot debian;

  @BeforeAll
  @Timeout(600) // The first run ever downloads Debian itself.
  static void install() throws IOException {
    debian = DebianRoot.create();
    debian.copyIn(built(), "/root/pidflow.deb");
    debian.run("apt-get", "install", "-y", "--no-install-recommends", "/root/pidflow.deb");
  }

  @AfterAll
  static void clear() {
    if (debian != null) {
      debian.close();
    }
  }

  @Test
  @Order(1)
  void shouldEnableItsService() {
    assertTrue(
        Files.isSymbolicLink(
            debian.path("/etc/systemd/system/multi-user.target.wants/pidflow.service")));
    assertTrue(Files.exists(debian.path("/lib/systemd/system/pidflow.service")));
  }

  @Test
  @Order(1)
  void shouldStartFromItsClassArchive() {
    String loaded = debian.run("env", "PIDFLOW_JAVA_OPTS=-Xlog:class+load", "pidflow", "version");

    assertTrue(
        loaded.contains("io.github.pidflow.daemon.Main source: shared objects file (top)"), loaded);
  }

  /** The JVM compares size and time of the jar that the archive was created from. */
  @Test
  @Order(1)
  void shouldStartWithAClassArchiveOfAnotherJar() {
    String jar = "/usr/lib/pidflow/pidflow.jar";
    debian.run("touch", "-r", jar, "/root/time");
    debian.run("touch", jar);

    String loaded = debian.run("env", "PIDFLOW_JAVA_OPTS=-Xlog:class+load", "pidflow", "version");

    debian.run("touch", "-r", "/root/time", jar);
    assertTrue(loaded.contains("io.github.pidflow.daemon.Main source: file:" + jar), loaded);
    assertTrue(loaded.contains("\npidflow "), loaded);
    assertFalse(loaded.contains("[warning]"), loaded);
  }

  @Test
  @Order(1)
  void shouldRecreateTheClassArchiveForAnotherJvm() throws IOException {
    Files.delete(debian.path(ARCHIVE));

    debian.run("dpkg-trigger", "--by-package=pidflow", "/usr/lib/jvm");
    debian.run("dpkg", "--triggers-only", "pidflow");

    assertTrue(Files.exists(debian.path(ARCHIVE)));
  }

  @Test
  @Order(2)
  void shouldUseTheInstalledConfiguration() throws IOException {
    debian.write(CONFIG, EDITED);
    try (NetLab lab = NetLab.create()) {
      Node host = lab.node();
      Peer sender = host.peer("sender");
      Peer receiver = host.peer("receiver");
      try (Daemon daemon =
          Daemon.start(host, "127.0.0.1:10099", debian.command("pidflow", "run"))) {
        Peer.finish(
            Connection.open(sender, receiver, INET, InetAddress.getLoopbackAddress())
                .upload(1_000_000));

        daemon.await(
            "the sender's bytes",
            Duration.ofSeconds(20),
            page -> page.process(sender.pid()).tx() > 1_000_000);
        Launcher.assertEnvironment(daemon.pid());
        assertEquals(0, daemon.stop("TERM"), daemon.log());
      }
    }
  }

  @Test
  @Order(3)
  void shouldKeepAnEditedFileOnUpgrade() {
    String shipped = debian.read(OPTIONS);
    debian.run("dpkg-deb", "-R", "/root/pidflow.deb", "/root/next");
    debian.write("/root/next" + OPTIONS, shipped + "# of the next version\n");
    debian.write(
        "/root/next/DEBIAN/control",
        debian
            .read("/root/next/DEBIAN/control")
            .replaceFirst("(?m)^Version: (.*)$", "Version: $1+next"));
    debian.run("dpkg-deb", "-b", "/root/next", "/root/next.deb");

    debian.run("apt-get", "install", "-y", "/root/next.deb");

    assertTrue(debian.run("dpkg-query", "-W", "pidflow").strip().endsWith("+next"));
    assertEquals(EDITED, debian.read(CONFIG));
    assertEquals(shipped + "# of the next version\n", debian.read(OPTIONS));
    assertTrue(Files.exists(debian.path(ARCHIVE)));
  }

  @Test
  @Order(4)
  void shouldRunEveryMaintainerScriptTwice() {
    for (String call :
        List.of("prerm upgrade", "postinst configure", "postinst configure", "prerm remove")) {
      debian.run("sh", "-c", "/var/lib/dpkg/info/pidflow." + call);
    }
    assertTrue(Files.exists(debian.path(ARCHIVE)));
  }

  @Test
  @Order(5)
  void shouldLeaveOnlyUserFilesWhenRemoved() {
    debian.run("apt-get", "remove", "-y", "pidflow");

    assertEquals(EDITED, debian.read(CONFIG));
    assertFalse(Files.exists(debian.path("/usr/bin/pidflow")));
    assertFalse(Files.exists(debian.path("/usr/lib/pidflow")));
    assertFalse(Files.exists(debian.path("/var/cache/pidflow")));
    assertNotEquals(0, debian.result("pidflow", "version").exitCode());
  }

  @Test
  @Order(6)
  void shouldLeaveNothingWhenPurged() {
    debian.run("apt-get", "purge", "-y", "pidflow");

    assertEquals(
        "",
        debian.run("find", "/etc", "/var", "/usr", "/lib/", "/run", "-xdev", "-name", "*pidflow*"));
  }

  private static Path built() throws IOException {
    Path target = Path.of(System.getProperty("jar.under.test")).getParent();
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(file -> file.getFileName().toString().matches("pidflow_.*_all\\.deb"))
          .reduce(
              (one, other) -> {
                throw new IllegalStateException("two packages: " + one + ", " + other);
              })
          .orElseThrow(() -> new IllegalStateException("no .deb in " + target));
    }
  }
}
