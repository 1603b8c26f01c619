package io.github.pidflow.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A small Debian in a folder of the test's own: what a package or a container's image does to it
 * stays there. It is unpacked from an archive that debootstrap(8) made once, with the packages the
 * tests install beside it, so from the second time on nothing is downloaded.
 *
 * <p>Each command has a mount namespace of its own with /proc, /sys and /dev in it. The mounts end
 * with the command, however it ends, so there are none to undo.
 */
public final class DebianRoot implements AutoCloseable {
  private static final String SUITE = "bookworm";
  private static final Path CACHE =
      Path.of(System.getProperty("user.home"), ".cache", "pidflow-tests");
  private static final int BUILD_SECONDS = 300;
  private static final int COMMAND_SECONDS = 150;
  private static final List<String> DOWNLOADED =
      List.of("default-jre-headless", "openjdk-17-jdk-headless", "binutils", "libpcap0.8");
  private static final String ENTER =
      "mount -t proc proc \"$0/proc\" && mount --rbind /sys \"$0/sys\""
          + " && mount --rbind /dev \"$0/dev\" && exec chroot \"$0\" \"$@\"";
  private static final String READ_ONLY =
      "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\""
          + " && mount -t tmpfs tmpfs \"$0/tmp\" && ";

  private final Path folder;

  private DebianRoot(Path folder) {
    this.folder = folder;
  }

  public static DebianRoot create() {
    Path archive = CACHE.resolve(SUITE + ".tar");
    if (!Files.exists(archive)) {
      build(archive);
    }
    DebianRoot root = new DebianRoot(temporary("pidflow-root"));
    try {
      must(List.of("tar", "-xpf", archive.toString(), "-C", root.folder.toString()));
      root.useHostsNetwork();
      return root;
    } catch (RuntimeException | Error e) {
      root.close();
      throw e;
    }
  }

  /** The path outside of a path in this Debian. */
  public Path path(String inside) {
    return folder.resolve(inside.substring(1));
  }

  public String read(String inside) {
    try {
      return Files.readString(path(inside));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void write(String inside, String text) {
    try {
      Files.writeString(path(inside), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a file or folder in; a target that ends with a slash is a folder. */
  public void copyIn(Path file, String inside) {
    try {
      Path target = path(inside);
      Files.createDirectories(inside.endsWith("/") ? target : target.getParent());
      must(List.of("cp", "-a", file.toString(), target.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command inside that must succeed, and returns its output. */
  public String run(String... command) {
    Command.Result result = result(command);
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + ": exit " + result.exitCode() + ": " + result.output());
    }
    return result.output();
  }

  /** Runs a command inside that may fail. Processes it leaves running end with it. */
  public Command.Result result(String... command) {
    return Command.result(
        inside(List.of("--pid", "--fork", "--kill-child"), command),
        Path.of("/dev/null"),
        COMMAND_SECONDS);
  }

  /** A command to start inside, on a {@link Node}; its pid is that of the started program. */
  public ProcessBuilder command(String... command) {
    return new ProcessBuilder(inside(List.of(), command));
  }

  /** As above, where only /tmp is writable, as in a container with a read-only root. */
  public ProcessBuilder readOnlyCommand(String... command) {
    List<String> all = new ArrayList<>(inside(List.of(), command));
    all.set(all.indexOf(ENTER), READ_ONLY + ENTER);
    return new ProcessBuilder(all);
  }

  @Override
  public void close() {
    must(List.of("rm", "-rf", "--one-file-system", folder.toString()));
  }

  private List<String> inside(List<String> unshare, String... command) {
    List<String> all =
        new ArrayList<>(List.of("env", "-u", "JAVA_HOME", "-u", "JAVA_TOOL_OPTIONS"));
    all.addAll(
        List.of(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LC_ALL=C.UTF-8",
            "DEBIAN_FRONTEND=noninteractive",
            "unshare",
            "--mount"));
    all.addAll(unshare);
    all.addAll(List.of("sh", "-c", ENTER, folder.toString()));
    all.addAll(Arrays.asList(command));
    return all;
  }

  /** The host may reach a mirror only through its own resolver, proxy and CA. */
  private void useHostsNetwork() {
    for (String file : List.of("/etc/resolv.conf", "/etc/hosts")) {
      must(List.of("cp", "-L", file, path(file).toString()));
    }
    Path authorities = Path.of("/etc/ssl/certs/ca-certificates.crt");
    if (Files.exists(authorities)) {
      must(List.of("cp", "-L", authorities.toString(), path("/etc/ssl/certs/").toString()));
    }
    try {
      Path options = Path.of("/etc/apt/apt.conf.d");
      if (Files.isDirectory(options)) {
        try (Stream<Path> files = Files.list(options)) {
          for (Path file : files.toList()) {
            if (Files.readString(file).contains("Acquire::")) {
              copyIn(file, file.toString());
            }
          }
        }
      }
      // This Debian need not survive a power cut.
      write("/etc/dpkg/dpkg.cfg.d/unsafe", "force-unsafe-io\n");
      // As in a container image, no init system starts anything here.
      Path policy = Files.writeString(path("/usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n");
      must(List.of("chmod", "755", policy.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void build(Path archive) {
    if (!NetLab.onPath("debootstrap")) {
      throw new IllegalStateException(
          "no debootstrap(8) here; mend it with: apt-get install debootstrap");
    }
    try (DebianRoot root = new DebianRoot(temporary("pidflow-debootstrap"))) {
      must(
          List.of(
              "debootstrap",
              "--variant=minbase",
              "--include=ca-certificates",
              SUITE,
              root.folder.toString()));
      root.useHostsNetwork();
      List<String> download =
          new ArrayList<>(
              List.of("apt-get", "install", "-y", "-qq", "--no-install-recommends", "-d"));
      download.addAll(DOWNLOADED);
      root.run(download.toArray(String[]::new));
      Files.createDirectories(CACHE);
      Path part = Files.createTempFile(CACHE, SUITE, ".part");
      must(List.of("tar", "-cf", part.toString(), "-C", root.folder.toString(), "."));
      Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path temporary(String name) {
    try {
      return Files.createTempDirectory(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void must(List<String> command) {
    Command.Result result = Command.result(command, Path.of("/dev/null"), BUILD_SECONDS);
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + ": exit " + result.exitCode() + ": " + result.output());
    }
  }
}
