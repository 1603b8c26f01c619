package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class CgroupPathTest {
  private static final String ID =
      "4f0c1d2e3b4a59687786a5b4c3d2e1f00112233445566778899aabbccddeeff0";

  private static final CgroupOwners OWNERS = CgroupOwners.ofPaths();

  private static void assertPath(String unit, String containerId, String cgroup) {
    byte[] bytes = cgroup.getBytes(StandardCharsets.UTF_8);
    CgroupPath path = CgroupPath.parse(bytes, OWNERS);
    assertEquals(List.of(unit, containerId), List.of(path.unit(), path.containerId()));
  }

  @Test
  void shouldParseAnEmptyFile() {
    assertPath("", "", "");
    assertPath("", "", "0::/\n");
    assertPath("", "", "garbage\n1:2\n::\n");
  }

  @Test
  void shouldParseVersionTwo() {
    assertPath("nginx.service", "", "0::/system.slice/nginx.service\n");
  }

  @Test
  void shouldParseVersionOneFromTheHierarchyOfSystemd() {
    String cgroup =
        """
        12:cpu,cpuacct:/other.service
        11:memory:/
        1:name=systemd:/system.slice/cron.service
        """;
    assertPath("cron.service", "", cgroup);
  }

  @Test
  void shouldParseHybridFromEitherHierarchy() {
    assertPath("a.service", "", "1:name=systemd:/system.slice/a.service\n0::/\n");
    assertPath("a.service", "", "1:name=systemd:/\n0::/system.slice/a.service\n");
  }

  /** The user's service manager is the user's, and so are the names that it gives. */
  @Test
  void shouldNotBelieveAUser() {
    String user = "/user.slice/user-1000.slice/user@1000.service/";
    assertPath("user@1000.service", "", "0::" + user + "session.slice/pipewire.service\n");
    assertPath("user@1000.service", "", "0::" + user + "nginx.service\n");
    assertPath("session-3.scope", "", "0::/user.slice/user-1000.slice/session-3.scope\n");
    assertPod(
        "", user + "kubepods.slice/kubepods-pod" + "0b1c2d3e_4f50_6172_8394_a5b6c7d8e9f0.slice");
  }

  @Test
  void shouldFindTheUnitThatSystemdMade() {
    assertPath("app.service", "", "0::/system.slice/app.service/nginx.service\n");
    assertPath("", "", "0::/nginx.slice/mine/nginx.service\n");
    assertPath("", "", "0::/mine/system.slice/nginx.service\n");
    assertPath("init.scope", "", "0::/init.scope\n");
    assertPath("a.service", "", "0::/../../system.slice/a.service\n");
  }

  /** Directories that others than their owner may write to stand for those of another user. */
  @Test
  void shouldBelieveNamesOfRootOnly(@TempDir Path mount) throws IOException {
    Path delegated = mount.resolve("system.slice/ci.slice");
    Files.createDirectories(delegated.resolve("nginx.service/docker-" + ID + ".scope"));
    int uid = (int) Files.getAttribute(mount, "unix:uid");
    CgroupOwners owners = new CgroupOwners(null, Map.of("", mount, "cpu", mount), uid);
    String path = "/system.slice/ci.slice/nginx.service/docker-" + ID + ".scope";
    assertEquals(new CgroupPath("nginx.service", ID, ""), CgroupPath.of(path, owners));

    Files.setPosixFilePermissions(delegated, PosixFilePermissions.fromString("rwxrwxr-x"));

    CgroupPath claim = new CgroupPath("", "user-" + uid + '/' + ID, "");
    assertEquals(claim, CgroupPath.of(path, owners));
    byte[] v1 = ("3:cpu,cpuacct:" + path + "\n0::/\n").getBytes(StandardCharsets.UTF_8);
    assertEquals(claim, CgroupPath.parse(v1, owners));
    byte[] both = ("3:memory:/docker/" + ID + "\n0::" + path).getBytes(StandardCharsets.UTF_8);
    assertEquals(new CgroupPath("", ID, ""), CgroupPath.parse(both, owners));
  }

  @Test
  void shouldFindTheUnitAboveACgroup() {
    assertPath("app.service", "", "0::/system.slice/app.service/worker/3\n");
  }

  @Test
  void shouldKeepColonsAndEscapesOfAUnit() {
    assertPath("a:b@c\\x2dd.service", "", "0::/system.slice/a:b@c\\x2dd.service\n");
  }

  @Test
  void shouldParseDocker() {
    assertPath("", ID, "5:memory:/docker/" + ID + "\n1:name=systemd:/docker/" + ID + "\n");
    assertPath("docker-" + ID + ".scope", ID, "0::/system.slice/docker-" + ID + ".scope\n");
  }

  @Test
  void shouldFindTheInnermostOfNestedContainers() {
    String outer = ID.replace('0', '1');
    assertPath("", ID, "0::/docker/" + outer + "/docker/" + ID + "\n");
  }

  @Test
  void shouldParseKubernetes() {
    String pod = "kubepods-burstable-pod0b1c2d3e_4f50_6172_8394_a5b6c7d8e9f0";
    String slice = "/kubepods.slice/kubepods-burstable.slice/" + pod + ".slice/";
    String containerd = "cri-containerd-" + ID + ".scope";
    String crio = "crio-" + ID + ".scope";
    assertPath(containerd, ID, "0::" + slice + containerd + "\n");
    assertPath(crio, ID, "0::" + slice + crio + "\n");
    assertPath("", ID, "4:pids:/kubepods/burstable/pod0b1c2d3e-4f50/" + ID + "\n");
  }

  @Test
  void shouldParseTheUidOfAPod() {
    String uid = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
    String hash = "0b1c2d3e4f5061728394a5b6c7d8e9f0";
    String slice = "/kubepods.slice/kubepods-pod" + uid.replace('-', '_') + ".slice/";
    assertPod(uid, slice + "cri-containerd-" + ID + ".scope");
    assertPod(uid, "/kubepods/burstable/pod" + uid + '/' + ID);
    assertPod(hash, "/kubepods/burstable/pod" + hash + '/' + ID);
    assertPod("", "/system.slice/podman.service");
    assertPod("", "/user.slice/libpod-" + ID + ".scope");
  }

  private static void assertPod(String uid, String path) {
    byte[] v1 = ("4:pids:" + path + '\n').getBytes(StandardCharsets.UTF_8);
    assertEquals(uid, CgroupPath.parse(v1, OWNERS).podUid());
    assertEquals(uid, CgroupPath.of(path, OWNERS).podUid());
  }

  @Test
  void shouldMarkAContainerOfARootlessRuntime() {
    String user = "/user.slice/user-1000.slice/user@1000.service/user.slice/";
    String path = user + "libpod-" + ID + ".scope/container\n";
    assertPath("user@1000.service", "user-1000/" + ID, "0::" + path);
  }

  @Test
  void shouldRequireAFullContainerId() {
    assertPath("", "", "0::/docker/" + ID.substring(1) + "\n");
    assertPath("", "", "0::/docker/" + ID + "0\n");
    assertPath(ID + ".service", "", "0::/system.slice/" + ID + ".service\n");
  }
}
