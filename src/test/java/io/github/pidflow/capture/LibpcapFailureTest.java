package io.github.pidflow.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class LibpcapFailureTest {
  private static final String ABSENT =
      """
      Unable to load library 'pcap':
      libpcap.so: cannot open shared object file: No such file or directory
      /usr/lib/libpcap.so.0.8: cannot open shared object file: No such file or directory
      Native library (linux-x86-64/libpcap.so) not found in resource path (pidflow.jar)
      """;

  @Test
  void shouldSayHowToInstallALibraryThatIsNotThere() {
    assertEquals(
        "libpcap is not installed: apt-get install libpcap0.8, or dnf install libpcap",
        Libpcap.failure(ABSENT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "libdbus-1.so.3: cannot open shared object file: No such file or directory",
        "/usr/lib/libpcap.so.1.10.3: file too short",
        "libpcap.so: cannot open shared object file: Permission denied",
        "Error looking up function 'pcap_open_dead': undefined symbol: pcap_open_dead"
      })
  void shouldNotCallALibraryAbsentThatCannotBeLoaded(String cause) {
    String message = Libpcap.failure(ABSENT + cause + "\n");

    assertEquals(
        "libpcap cannot be loaded: "
            + cause
            + ": reinstall it with the libraries that it needs (ldd names missing ones)",
        message);
  }

  @Test
  void shouldAddNothingToOtherMessages() {
    Path file = Path.of("a.pcap");

    assertEquals(
        "a.pcap: truncated dump file", UnreadableFile.message(file, "truncated dump file"));
    assertEquals("a.pcap: No such file", UnreadableFile.message(file, "a.pcap: No such file"));
  }
}
