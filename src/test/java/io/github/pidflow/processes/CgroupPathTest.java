package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class CgroupPathTest {
  private static final String ID =
      "4f0c1d2e3b4a59687786a5b4c3d2e1f00112233445566778899aabbccddeeff0";

  private static void assertPath(String unit, String containerId, String cgroup) {
    byte[] bytes = cgroup.getBytes(StandardCharsets.UTF_8);
    CgroupPath path = CgroupPath.parse(bytes);
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

  @Test
  void shouldFindTheInnermostUnitOfAUserManager() {
    assertPath(
        "pipewire.service",
        "",
        "0::/user.slice/user-1000.slice/user@1000.service/session.slice/pipewire.service\n");
    assertPath("session-3.scope", "", "0::/user.slice/user-1000.slice/session-3.scope\n");
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
    assertEquals(uid, CgroupPath.parse(v1).podUid());
    assertEquals(uid, CgroupPath.of("/sys/fs/cgroup" + path).podUid());
  }

  @Test
  void shouldParseRootlessPodman() {
    String scope = "libpod-" + ID + ".scope";
    String user = "/user.slice/user-1000.slice/user@1000.service/user.slice/";
    assertPath(scope, ID, "0::" + user + scope + "/container\n");
  }

  @Test
  void shouldRequireAFullContainerId() {
    assertPath("", "", "0::/docker/" + ID.substring(1) + "\n");
  }
}
