package io.github.pidflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.github.pidflow.runtime.BuildInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * There is no cluster to test with, but the types that the API server checks against are available.
 */
@Timeout(60)
class KubernetesManifestsTest {
  private final DaemonSet daemonSet = KubernetesManifests.read("daemonset.yaml", DaemonSet.class);
  private final PodSpec pod = daemonSet.getSpec().getTemplate().getSpec();
  private final Container container = pod.getContainers().get(0);

  @Test
  void shouldRejectAnUnknownField() {
    String yaml = "spec: {template: {spec: {containers: [{name: a, livenesProbe: {}}]}}}";

    assertThrows(
        UnrecognizedPropertyException.class,
        () -> KubernetesManifests.parse(yaml, DaemonSet.class));
  }

  @Test
  void shouldRejectADuplicateKey() {
    assertThrows(
        JsonParseException.class,
        () -> KubernetesManifests.parse("spec: {}\nspec: {}", DaemonSet.class));
  }

  @Test
  void shouldSelectItsOwnPods() {
    var labels = daemonSet.getSpec().getTemplate().getMetadata().getLabels();
    PodMonitor monitor = KubernetesManifests.read("podmonitor.yaml", PodMonitor.class);

    assertEquals(labels, daemonSet.getSpec().getSelector().getMatchLabels());
    assertEquals(labels, monitor.getSpec().getSelector().getMatchLabels());
    assertEquals(portNames(), Set.of(monitor.getSpec().getPodMetricsEndpoints().get(0).getPort()));
  }

  @Test
  void shouldUseTheNodesNamespacesAndNoApiToken() {
    assertTrue(pod.getHostNetwork());
    assertTrue(pod.getHostPID());
    assertFalse(pod.getEnableServiceLinks());
    assertFalse(pod.getAutomountServiceAccountToken());
    ServiceAccount account = KubernetesManifests.read("serviceaccount.yaml", ServiceAccount.class);
    assertEquals(pod.getServiceAccountName(), account.getMetadata().getName());
    assertFalse(account.getAutomountServiceAccountToken());
  }

  /** The README lists the capabilities that pidflow uses; any other would only help an intruder. */
  @Test
  void shouldAddExactlyTheCapabilitiesInTheReadme() throws IOException {
    SecurityContext security = container.getSecurityContext();
    Set<String> documented =
        Files.readAllLines(Path.of("README.md")).stream()
            .filter(line -> line.startsWith("| `CAP_"))
            .flatMap(line -> Stream.of(line.split("\\|", -1)[1].split(",", -1)))
            .map(cell -> cell.replaceAll("[` ]|CAP_", ""))
            .collect(Collectors.toCollection(TreeSet::new));

    assertEquals(documented, new TreeSet<>(security.getCapabilities().getAdd()));
    assertEquals(List.of("ALL"), security.getCapabilities().getDrop());
    assertFalse(security.getPrivileged());
    assertFalse(security.getAllowPrivilegeEscalation());
    assertTrue(security.getReadOnlyRootFilesystem());
  }

  @Test
  void shouldProbePathsThatAreServed() {
    assertEquals("/-/ready metrics", path(container.getStartupProbe()));
    assertEquals("/-/ready metrics", path(container.getReadinessProbe()));
    assertEquals("/-/healthy metrics", path(container.getLivenessProbe()));
    assertTrue(portNames().contains("metrics"));
  }

  @Test
  void shouldMountOnlyDeclaredVolumes() {
    assertEquals(
        pod.getVolumes().stream().map(volume -> volume.getName()).collect(Collectors.toSet()),
        container.getVolumeMounts().stream()
            .map(mount -> mount.getName())
            .collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "memory"})
  void shouldRequestTheResourcesItNeeds(String resource) {
    assertTrue(container.getResources().getRequests().containsKey(resource));
  }

  @Test
  void shouldIncludeEveryFileInTheKustomization() throws IOException {
    JsonNode kustomization = KubernetesManifests.read("kustomization.yaml", JsonNode.class);
    Set<String> files = new TreeSet<>();
    try (Stream<Path> there = Files.list(KubernetesManifests.FOLDER)) {
      there.map(file -> file.getFileName().toString()).forEach(files::add);
    }
    files.remove("kustomization.yaml");
    Set<String> resources = new TreeSet<>();
    kustomization.get("resources").forEach(each -> resources.add(each.asText()));
    Namespace namespace = KubernetesManifests.read("namespace.yaml", Namespace.class);

    assertEquals(files, resources);
    assertEquals(namespace.getMetadata().getName(), kustomization.get("namespace").asText());
    assertEquals(container.getImage(), kustomization.at("/images/0/name").asText());
    assertEquals(BuildInfo.read().version(), kustomization.at("/images/0/newTag").asText());
  }

  private Set<String> portNames() {
    return container.getPorts().stream().map(ContainerPort::getName).collect(Collectors.toSet());
  }

  private static String path(Probe probe) {
    return probe.getHttpGet().getPath() + ' ' + probe.getHttpGet().getPort().getStrVal();
  }
}
