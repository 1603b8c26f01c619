package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.jna.Native;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class SyscallTest {
  @ParameterizedTest
  @CsvSource({
    "amd64,       GETDENTS64,      217",
    "x86_64,      BPF,             321",
    "aarch64,     BPF,             280",
    "riscv64,     PERF_EVENT_OPEN, 241",
    "loongarch64, STATX,           291",
    "ppc64le,     BPF,             361",
    "s390x,       STATX,           379",
    "mips64el,    FSOPEN,          430"
  })
  void shouldKnowTheNumberOnAnArchitecture(String name, Syscall call, long number)
      throws NativeIoException {
    assertEquals(number, call.number(Architecture.of(name), name));
  }

  @ParameterizedTest
  @CsvSource({"mips64el, GETDENTS64, getdents64", "s390x, BPF, bpf"})
  void shouldFailOnAnArchitectureItDoesNotKnow(String name, Syscall call, String callName) {
    NativeIoException e =
        assertThrows(NativeIoException.class, () -> call.number(Architecture.of(name), name));
    assertEquals(Errno.ENOSYS, e.errno());
    assertEquals(
        callName
            + " is not known on this architecture, "
            + name
            + ": Function not implemented (errno 38)",
        e.getMessage());
  }

  @Test
  void shouldReachTheCallItNames() throws NativeIoException {
    for (Syscall each : Syscall.values()) {
      LibC.syscall(each.number(), -1, -1, -1, -1, -1);
      int errno = Native.getLastError();
      assertNotEquals(Errno.ENOSYS, errno, each::toString);
    }
  }
}
