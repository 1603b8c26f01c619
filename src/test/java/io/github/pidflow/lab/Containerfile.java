package io.github.pidflow.lab;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Executes the steps of a Containerfile in {@link DebianRoot}s, one per stage, on machines without
 * a container engine. It supports the instructions that ours uses and rejects any other.
 */
public final class Containerfile {
  private static final String BASE = "debian:bookworm-slim";

  private final Path context;
  private final Map<String, DebianRoot> stages = new HashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private DebianRoot stage;
  private List<String> entrypoint = List.of();
  private List<String> command = List.of();

  private Containerfile(Path context) {
    this.context = context;
  }

  /** The result of a build: the last stage, and the command that its container runs. */
  public record Image(DebianRoot root, Map<String, String> environment, List<String> command)
      implements AutoCloseable {
    /**
     * The command line that runs a command with the image's environment and additional variables.
     */
    public String[] withEnvironment(List<String> variables, List<String> command) {
      List<String> all = new ArrayList<>(List.of("env"));
      environment.forEach((name, value) -> all.add(name + '=' + value));
      all.addAll(variables);
      all.addAll(command);
      return all.toArray(String[]::new);
    }

    @Override
    public void close() {
      root.close();
    }
  }

  public static Image build(Path file, Path context) {
    Containerfile build = new Containerfile(context);
    try {
      instructions(Files.readAllLines(file)).forEach(build::step);
      Image image = build.image();
      build.stage = null;
      return image;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      build.stages.values().forEach(DebianRoot::close);
      if (build.stage != null && !build.stages.containsValue(build.stage)) {
        build.stage.close();
      }
    }
  }

  static List<String> instructions(List<String> lines) {
    List<String> instructions = new ArrayList<>();
    StringBuilder open = new StringBuilder();
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      boolean goesOn = line.endsWith("\\");
      open.append(goesOn ? line.substring(0, line.length() - 1) : line);
      if (!goesOn) {
        instructions.add(open.toString().strip());
        open.setLength(0);
      }
    }
    return instructions;
  }

  private void step(String instruction) {
    String[] parts = instruction.split(" +", 2);
    String[] words = parts[1].split(" +", -1);
    switch (parts[0]) {
      case "FROM" -> from(words);
      case "RUN" -> stage.run(image().withEnvironment(List.of(), List.of("sh", "-c", parts[1])));
      case "COPY" -> copy(words);
      case "ENV" ->
          Arrays.stream(words)
              .map(word -> word.split("=", 2))
              .forEach(pair -> environment.put(pair[0], pair[1]));
      case "EXPOSE" -> {}
      case "ENTRYPOINT" -> entrypoint = strings(parts[1]);
      case "CMD" -> command = strings(parts[1]);
      default -> throw new IllegalStateException("cannot carry out: " + instruction);
    }
  }

  private void from(String... words) {
    if (!words[0].equals(BASE)) {
      throw new IllegalStateException("no such base here: " + words[0]);
    }
    environment.clear();
    stage = DebianRoot.create();
    if (words.length == 3 && words[1].equals("AS")) {
      stages.put(words[2], stage);
    }
  }

  private void copy(String... words) {
    String target = words[words.length - 1];
    for (String source : Arrays.asList(words).subList(0, words.length - 1)) {
      if (source.startsWith("--from=")) {
        DebianRoot other = stages.get(source.substring("--from=".length()));
        stage.copyIn(other.path(words[1]), target);
        return;
      }
      stage.copyIn(only(source), target);
    }
  }

  /** The only file of the context that matches a pattern like {@code folder/name_*}. */
  private Path only(String source) {
    Path pattern = context.resolve(source);
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(pattern.getParent(), pattern.getFileName().toString())) {
      List<Path> files = new ArrayList<>();
      found.forEach(files::add);
      if (files.size() != 1) {
        throw new IllegalStateException(source + " is " + files);
      }
      return files.get(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Image image() {
    List<String> whole = new ArrayList<>(entrypoint);
    whole.addAll(command);
    return new Image(stage, Map.copyOf(environment), whole);
  }

  /** The exec form: a JSON array, which is also valid HOCON. */
  private static List<String> strings(String array) {
    return ConfigFactory.parseString("words = " + array).getStringList("words");
  }
}
