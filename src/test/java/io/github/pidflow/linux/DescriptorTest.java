package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DescriptorTest {
  private static boolean isOpen(int fd) {
    return Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void shouldBeOpenUntilItIsClosed() throws NativeIoException {
    Descriptor file = Descriptor.openFile("/dev/null");
    int fd = file.fd();
    assertTrue(isOpen(fd));
    file.close();
    assertFalse(isOpen(fd));
  }

  @Test
  void shouldNotCloseWhatHasGotItsNumberSince() throws NativeIoException {
    Descriptor first = Descriptor.openFile("/dev/null");
    int number = first.fd();
    first.close();
    try (Descriptor second = new Descriptor(number, "the next file")) {
      first.close();
      assertEquals(number, second.fd());
    }
  }

  @Test
  void shouldSayWhichClosedDescriptorWasUsed() throws NativeIoException {
    Descriptor file = Descriptor.openFile("/dev/null");
    file.close();
    NativeIoException e = assertThrows(NativeIoException.class, file::fd);
    assertEquals(Errno.EBADF, e.errno());
    assertTrue(e.getMessage().startsWith("use after close of open(/dev/null): "), e.getMessage());
  }

  @Test
  void shouldSayWhatCouldNotBeOpened() {
    NativeIoException e =
        assertThrows(NativeIoException.class, () -> Descriptor.openFile("/dev/none"));
    assertEquals("open(/dev/none): No such file or directory (errno 2)", e.getMessage());
  }

  @Test
  void shouldNotUseAClosedSocket() throws NativeIoException {
    SocketDescriptor socket = SocketDescriptor.open(1, 2, 0, "AF_UNIX");
    socket.close();
    socket.close();
    assertThrows(NativeIoException.class, () -> socket.awaitInput(0));
  }
}
