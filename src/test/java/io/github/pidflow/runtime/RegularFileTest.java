package io.github.pidflow.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class RegularFileTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("file");
  }

  private void assertRefused(String reason) {
    IOException refusal = assertThrows(IOException.class, () -> RegularFile.read(file, UTF_8));
    assertTrue(refusal.getMessage().contains(reason), refusal::toString);
  }

  @Test
  void shouldReadAFileAndALinkToOne() throws IOException {
    Files.writeString(folder.resolve("target"), "größer\n");
    Files.createSymbolicLink(file, Path.of("target"));

    assertEquals("größer\n", RegularFile.read(file, UTF_8));
  }

  @Test
  void shouldRefuseAnEndlessDevice() throws IOException {
    Files.createSymbolicLink(file, Path.of("/dev/zero"));

    assertRefused("not a regular file");
  }

  @Test
  void shouldNotWaitForAFifo() throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());

    assertRefused("not a regular file");
  }

  @Test
  void shouldRefuseALongFile() throws IOException {
    Files.write(file, new byte[RegularFile.MAX_BYTES]);
    assertEquals(RegularFile.MAX_BYTES, RegularFile.read(file, UTF_8).length());

    Files.write(file, new byte[RegularFile.MAX_BYTES + 1]);
    assertRefused("1 MiB");
  }

  @Test
  void shouldTellWhatIsWrong() throws IOException {
    assertThrows(NoSuchFileException.class, () -> RegularFile.read(file, UTF_8));
    Files.write(file, new byte[] {(byte) 0xff});
    assertThrows(CharacterCodingException.class, () -> RegularFile.read(file, UTF_8));
  }
}
