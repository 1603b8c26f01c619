package io.github.pidflow;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The files in {@code config/kubernetes}, read as the API server reads them with strict validation.
 */
final class KubernetesManifests {
  static final Path FOLDER = Path.of("config", "kubernetes");

  private static final YAMLMapper STRICT =
      YAMLMapper.builder()
          .annotationIntrospector(new NothingElse())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  private KubernetesManifests() {}

  static <T> T read(String file, Class<T> type) {
    try {
      return STRICT.readValue(FOLDER.resolve(file).toFile(), type);
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  static <T> T parse(String yaml, Class<T> type) throws IOException {
    return STRICT.readValue(yaml, type);
  }

  static Container container() {
    return read("daemonset.yaml", DaemonSet.class)
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .get(0);
  }

  static List<String> capabilities() {
    return container().getSecurityContext().getCapabilities().getAdd();
  }

  /** The model's classes keep unknown fields; here they are errors. */
  private static final class NothingElse extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }
  }
}
