package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.pidflow.runtime.RegularFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The source of PEM text: a file, or the configuration itself.
 *
 * @param file empty if {@code entry} is the text itself
 */
record PemSource(YamlEntry entry, Optional<Path> file) {

  /** The text; if it cannot be read, nothing, and the problem is reported. */
  Optional<String> read() {
    if (file.isEmpty()) {
      return Optional.of(entry.text());
    }
    try {
      return Optional.of(RegularFile.read(file.get(), ISO_8859_1));
    } catch (NoSuchFileException e) {
      return refuse("does not exist");
    } catch (AccessDeniedException e) {
      return refuse("is not readable by this user: change its owner or mode");
    } catch (IOException e) {
      return refuse(e.getMessage());
    }
  }

  <T> Optional<T> refuse(String problem) {
    return entry.refuse(file.map(path -> path + " ").orElse("") + problem);
  }
}
