package io.github.pidflow.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(10)
class ForwardingTest {
  @TempDir private Path proc;

  /** An empty value stands for a kernel without the setting. */
  @ParameterizedTest
  @CsvSource({"0, 0, false", "1, 0, true", "0, 1, true", "0,, false", "1,, true", ",, false"})
  void shouldReadTheSettingsOfBothFamilies(String ipv4, String ipv6, boolean enabled)
      throws IOException {
    write("sys/net/ipv4/ip_forward", ipv4);
    write("sys/net/ipv6/conf/all/forwarding", ipv6);

    assertEquals(enabled, Forwarding.isEnabled(proc));
  }

  private void write(String name, String value) throws IOException {
    if (value != null) {
      Path setting = proc.resolve(name);
      Files.createDirectories(setting.getParent());
      Files.writeString(setting, value + "\n");
    }
  }
}
