package io.github.pidflow.webconfig;

import io.github.pidflow.runtime.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A mapping of the file. It reads YAML nodes rather than constructed objects, because only nodes
 * have line numbers. Absent, null and invalid values read as nothing; invalid ones are reported.
 */
final class YamlSection {
  private final String path;
  private final int line;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final TreeSet<String> known = new TreeSet<>();
  private final Problems problems;

  private YamlSection(String path, int line, Problems problems) {
    this.path = path;
    this.line = line;
    this.problems = problems;
  }

  static YamlSection parse(String yaml, Problems problems) {
    YamlSection root = new YamlSection("", 0, problems);
    try {
      new Compose(LoadSettings.builder().setAllowNonScalarKeys(true).build())
          .composeString(yaml)
          .filter(node -> !isNull(node))
          .ifPresent(root::fill);
    } catch (MarkedYamlEngineException e) {
      // The full message quotes the line, which may contain a password.
      problems.add(
          line(e.getProblemMark().or(e::getContextMark)), "is not valid YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      problems.add(Problems.NO_LINE, "is not valid YAML: " + e.getMessage());
    }
    return root;
  }

  int line() {
    return line;
  }

  YamlSection section(String name) {
    known.add(name);
    Node node = values.get(name);
    YamlSection section = new YamlSection(path(name), line(name), problems);
    if (node != null && !isNull(node)) {
      section.fill(node);
    }
    return section;
  }

  Optional<YamlEntry> entry(String name) {
    known.add(name);
    return Optional.ofNullable(values.get(name))
        .filter(node -> !isNull(node))
        .flatMap(node -> scalar(name, node, line(name)));
  }

  List<YamlEntry> list(String name) {
    known.add(name);
    Node node = values.get(name);
    List<YamlEntry> entries = new ArrayList<>();
    if (node instanceof SequenceNode sequence) {
      sequence.getValue().forEach(each -> scalar(name, each, line(each)).ifPresent(entries::add));
    } else if (node != null && !isNull(node)) {
      problems.add(line(name), path(name) + ": must be a list");
    }
    return entries;
  }

  /** Every entry, for sections with names of the user's choice. */
  List<YamlEntry> entries() {
    List<YamlEntry> entries = new ArrayList<>();
    values.keySet().forEach(name -> entry(name).ifPresent(entries::add));
    return entries;
  }

  boolean has(String name) {
    Node node = values.get(name);
    return node != null && !isNull(node);
  }

  /** Reports the keys that were not read. Call it after everything else was read. */
  void refuseOthers() {
    values.keySet().stream()
        .filter(name -> !known.contains(name))
        .forEach(
            name ->
                problems.add(
                    line(name),
                    path(name) + ": unknown key, allowed are " + String.join(", ", known)));
  }

  private void fill(Node node) {
    if (!(node instanceof MappingNode mapping)) {
      problems.add(
          line(node), (path.isEmpty() ? "" : path + ": ") + "must be a mapping, key: value");
      return;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      Node key = tuple.getKeyNode();
      if (!(key instanceof ScalarNode name)) {
        problems.add(line(key), (path.isEmpty() ? "" : path + ": ") + "a key must be a scalar");
      } else if (lines.putIfAbsent(name.getValue(), line(key)) == null) {
        values.put(name.getValue(), tuple.getValueNode());
      } else {
        int first = lines.get(name.getValue());
        problems.add(line(key), path(name.getValue()) + ": duplicate key, first in line " + first);
      }
    }
  }

  private Optional<YamlEntry> scalar(String name, Node node, int line) {
    if (node instanceof ScalarNode scalar) {
      return Optional.of(new YamlEntry(path(name), name, line, scalar.getValue(), problems));
    }
    problems.add(line, path(name) + ": must be a single value");
    return Optional.empty();
  }

  private String path(String name) {
    return path.isEmpty() ? name : path + '.' + name;
  }

  private int line(String name) {
    return lines.getOrDefault(name, line);
  }

  private static int line(Node node) {
    return line(node.getStartMark());
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(each -> each.getLine() + 1).orElse(0);
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }
}
