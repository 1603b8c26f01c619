package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(10)
class UserNamesTest {
  @TempDir private Path directory;
  private Path passwd;
  private UserNames users;

  @BeforeEach
  void point() {
    passwd = directory.resolve("passwd");
    users = new UserNames(passwd);
  }

  private void write(String text, long changedMillis) throws IOException {
    Files.writeString(passwd, text);
    Files.setLastModifiedTime(passwd, FileTime.fromMillis(changedMillis));
  }

  private static Map<Integer, String> parse(String text) {
    return UserNames.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void shouldReadNamesAndSkipMalformedLines() {
    String text =
        """
        root:x:0:0:root:/root:/bin/sh
        # comment:x:a:b
        +::::::
        short:x:5

        jürgen:x:1000:1000::/home/j:/bin/sh
        toor:x:0:0::/root:/bin/sh
        huge:x:4294967296:0::/:/bin/sh
        """;
    assertEquals(Map.of(0, "root", 1000, "jürgen"), parse(text));
  }

  @Test
  void shouldReadUidsAsUnsigned() throws IOException {
    write("nfsnobody:x:4294967294:1::/:/bin/false\n", 1000);

    assertEquals("nfsnobody", users.name(-2));
    assertEquals("4294967295", users.name(-1));
  }

  @Test
  void shouldShowAUidWithoutANameAsANumber() {
    assertEquals("1000", users.name(1000));
  }

  @Test
  void shouldReadAChangedFileAgain() throws IOException {
    write("one:x:1:1::/:/bin/sh\n", 1000);
    assertEquals("one", users.name(1));

    write("uno:x:1:1::/:/bin/sh\n", 2000);

    assertEquals("uno", users.name(1));
  }

  @Test
  void shouldReadARecreatedFile() throws IOException {
    write("one:x:1:1::/:/bin/sh\n", 1000);
    assertEquals("one", users.name(1));
    Files.delete(passwd);
    assertEquals("1", users.name(1));

    write("one:x:1:1::/:/bin/sh\n", 1000);

    assertEquals("one", users.name(1));
  }
}
