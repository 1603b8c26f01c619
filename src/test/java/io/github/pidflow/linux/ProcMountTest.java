package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(10)
class ProcMountTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "proc /proc proc rw,nosuid,relatime 0 0; false",
        "proc /proc proc rw,hidepid=0 0 0; false",
        "proc /proc proc rw,hidepid=2,gid=4 0 0; true",
        "proc /proc proc rw,hidepid=invisible 0 0; true",
        "proc /proc proc rw,hidepid=1 0 0; true",
        "proc /other proc rw,hidepid=2 0 0; false",
        "none /proc tmpfs rw,hidepid=2 0 0; false"
      })
  void shouldNoticeHidepid(String mount, boolean hides) {
    assertEquals(hides, ProcMount.hidesProcesses(Path.of("/proc"), List.of(mount)));
  }
}
