package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class UnpackFolderTest {
  private static final String ROOT = "/dev/vda / ext4 rw,relatime 0 0";

  @TempDir private Path temporary;
  private Path first;
  private Path second;

  @BeforeEach
  void create() throws IOException {
    Path real = temporary.toRealPath();
    first = Files.createDirectory(real.resolve("the first"));
    second = Files.createDirectory(real.resolve("second"));
  }

  @Test
  void shouldKeepTheFirstFolderIfItWorks() {
    assertEquals(first, chosen(ROOT));
    assertEquals(first, chosen());
  }

  @Test
  void shouldPassOverAFolderBelowANoexecMount() {
    assertEquals(second, chosen(ROOT, mount(first, "rw,noexec")));
    Path below = first.resolve("not/there/yet");

    assertEquals(
        Optional.of(second),
        UnpackFolder.firstUsable(List.of(below, second), List.of(ROOT, mount(first, "noexec,rw"))));
  }

  @Test
  void shouldGoByTheInnermostAndLatestMount() {
    assertEquals(first, chosen("none / tmpfs rw,noexec 0 0", mount(first, "rw")));
    assertEquals(first, chosen(ROOT, mount(first, "rw,noexec"), mount(first, "rw")));
    assertEquals(second, chosen(ROOT, mount(first, "rw"), mount(first, "rw,noexec")));
    assertEquals(first, chosen(ROOT, "none " + second + " tmpfs rw,noexec 0 0"));
  }

  @Test
  void shouldFindNoneWhereNothingCanBeWritten() {
    assertEquals(
        Optional.empty(),
        UnpackFolder.firstUsable(
            List.of(Path.of("/proc/JNA"), Path.of("/dev/null")), List.of(ROOT)));
  }

  private Path chosen(String... mounts) {
    return UnpackFolder.firstUsable(List.of(first, second), List.of(mounts)).orElseThrow();
  }

  private static String mount(Path point, String options) {
    return "tmpfs " + point.toString().replace(" ", "\\040") + " tmpfs " + options + " 0 0";
  }
}
