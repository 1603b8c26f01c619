package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(10)
class DiagnosisTest {
  private static final long ALL = -1L;
  private final IOException refused = new NativeIoException("call", Errno.EPERM);

  @ParameterizedTest
  @CsvSource({
    // capabilities, paranoid, kernel, what the fix says, what it does not say
    "perfmon, 2, 6018, security module, CAP_",
    "perfmon, 3, 6018, kernel.perf_event_paranoid=2, add the capability CAP_PERFMON",
    "perfmon, 4, 6018, or add the capability CAP_SYS_ADMIN, security module",
    "none, 3, 6018, and add the capability CAP_PERFMON, security module",
    "none, 2, 6018, add the capability CAP_PERFMON, paranoid",
    "none, 2, 5004, add the capability CAP_SYS_ADMIN, CAP_PERFMON",
    "none, 0, 6018, security module, CAP_",
    "admin, 3, 6018, security module, paranoid"
  })
  void shouldNameWhatTaskEventsLack(
      String held, int paranoid, int kernel, String wanted, String unwanted) {
    long capabilities =
        switch (held) {
          case "perfmon" -> bit(Diagnosis.CAP_PERFMON);
          case "admin" -> bit(Diagnosis.CAP_SYS_ADMIN);
          default -> 0;
        };
    Diagnosis host = new Diagnosis(capabilities, true, false, paranoid, "none", kernel);

    String fix = host.taskEventsFix(new NativeIoException("perf_event_open", Errno.EACCES));

    assertTrue(fix.contains(wanted) && !fix.contains(unwanted), fix);
  }

  @Test
  void shouldNameOnlyTheCapabilitiesThatAreMissing() {
    assertEquals(
        "add the capabilities CAP_BPF and CAP_NET_ADMIN (AmbientCapabilities= in the unit), or run"
            + " as root",
        with(0).socketNotesFix(refused));
    assertTrue(
        with(bit(Diagnosis.CAP_BPF))
            .socketNotesFix(refused)
            .startsWith("add the capability CAP_NET"));
    assertTrue(
        with(bit(Diagnosis.CAP_SYS_PTRACE)).fdTablesFix().startsWith("add the capability CAP_DAC"));
    assertTrue(with(0).socketDestructionsFix(refused).contains("CAP_NET_ADMIN"));
    assertTrue(with(0).namespacesFix(refused).contains("CAP_SYS_ADMIN"));
  }

  @Test
  void shouldNameWhatRefusesInSpiteOfEveryCapability() {
    Diagnosis sandboxed = new Diagnosis(ALL, true, true, 2, "none", 6018);
    Diagnosis locked = new Diagnosis(ALL, true, false, 2, "confidentiality", 6018);
    Diagnosis rootless = new Diagnosis(ALL, false, true, 2, "none", 6018);

    assertTrue(sandboxed.socketNotesFix(refused).startsWith("allow bpf in the seccomp filter"));
    assertTrue(sandboxed.taskEventsFix(refused).startsWith("allow perf_event_open in the seccomp"));
    assertTrue(sandboxed.namespacesFix(refused).startsWith("allow setns in the seccomp"));
    assertTrue(locked.socketNotesFix(refused).contains("lockdown=confidentiality"));
    assertTrue(rootless.fdTablesFix().contains("outside of a user namespace"));
    assertTrue(with(ALL).fdTablesFix().contains("security module"));
    for (Diagnosis each : new Diagnosis[] {sandboxed, locked, rootless, with(ALL)}) {
      assertTrue(!each.socketNotesFix(refused).contains("CAP_"), each.toString());
      assertTrue(!each.taskEventsFix(refused).contains("CAP_"), each.toString());
    }
  }

  @Test
  void shouldNameTheKernelWhereItIsTooOldOrBuiltWithout() {
    IOException invalid = new NativeIoException("bpf(BPF_LINK_CREATE)", Errno.EINVAL);
    IOException unknown = new NativeIoException("bpf(BPF_MAP_CREATE)", Errno.ENOSYS);

    assertEquals(
        "upgrade to Linux 5.9 or later",
        new Diagnosis(ALL, true, false, 2, "none", 5008).socketNotesFix(invalid));
    assertTrue(with(ALL).socketNotesFix(invalid).contains("CONFIG_CGROUP_BPF"));
    assertTrue(
        with(bit(Diagnosis.CAP_BPF)).socketNotesFix(invalid).contains("capability CAP_PERFMON"));
    assertTrue(with(ALL).socketNotesFix(unknown).contains("CONFIG_BPF_SYSCALL"));
    assertTrue(
        new Diagnosis(ALL, true, false, 2, "none", 5010)
            .socketNotesFix(refused)
            .contains("LimitMEMLOCK"));
  }

  @Test
  void shouldNameWhatIsNotMounted() {
    IOException cgroup = new NativeIoException("fsopen(cgroup2), not mounted", Errno.EPERM);

    assertTrue(with(ALL).socketNotesFix(cgroup).contains("mount -t cgroup2"));
    assertEquals(
        "mount -t tracefs none /sys/kernel/tracing",
        with(ALL).taskEventsFix(new NoSuchFileException("/sys/kernel/tracing/events/sock/id")));
  }

  @Test
  void shouldNameTheAddressFamilyThatTheUnitForbids() {
    IOException family = new NativeIoException("socket(AF_NETLINK)", Errno.EAFNOSUPPORT);

    assertTrue(with(ALL).socketDestructionsFix(family).contains("RestrictAddressFamilies="));
    assertTrue(with(ALL).captureFix(family, "other").contains("RestrictAddressFamilies="));
    assertEquals("other", with(ALL).captureFix(new IOException("syntax error"), "other"));
  }

  @Test
  void shouldReadThisKernel() {
    Diagnosis here = Diagnosis.read();

    assertTrue(here.kernel() > 4000 && here.kernel() < 100_000, here.toString());
  }

  private static Diagnosis with(long capabilities) {
    return new Diagnosis(capabilities, true, false, 2, "none", 6018);
  }

  private static long bit(int capability) {
    return 1L << capability;
  }
}
