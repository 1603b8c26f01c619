package io.github.pidflow.linux;

import java.util.Locale;

/**
 * The system calls that are made by number, because the C library has no wrapper for them or had
 * none until recently. The numbers are those of the kernel's syscall tables.
 */
enum Syscall {
  //              x86_64  generic  ppc64le  s390x
  GETDENTS64(217, 61, 202, 220),
  STATX(332, 291, 383, 379),
  // The programs and the attributes that pidflow writes are laid out for little-endian machines,
  // so these two have no number on s390x.
  PERF_EVENT_OPEN(298, 241, 319, Syscall.NONE),
  BPF(321, 280, 361, Syscall.NONE),
  // From 424 on a number is the same everywhere.
  FSOPEN(430),
  FSCONFIG(431),
  FSMOUNT(432);

  private static final int NONE = -1;

  private final int x86;
  private final int generic;
  private final int ppc64le;
  private final int s390x;
  private final int other;

  Syscall(int number) {
    this(number, number, number, number, number);
  }

  Syscall(int x86, int generic, int ppc64le, int s390x) {
    this(x86, generic, ppc64le, s390x, NONE);
  }

  Syscall(int x86, int generic, int ppc64le, int s390x, int other) {
    this.x86 = x86;
    this.generic = generic;
    this.ppc64le = ppc64le;
    this.s390x = s390x;
    this.other = other;
  }

  /**
   * The call's number on this machine.
   *
   * @throws NativeIoException {@code ENOSYS} if it is not known on this architecture
   */
  long number() throws NativeIoException {
    return number(Architecture.CURRENT, Architecture.NAME);
  }

  long number(Architecture architecture, String name) throws NativeIoException {
    int number =
        switch (architecture) {
          case X86_64 -> x86;
          case ASM_GENERIC -> generic;
          case PPC64LE -> ppc64le;
          case S390X -> s390x;
          case UNKNOWN -> other;
        };
    if (number == NONE) {
      throw new NativeIoException(
          this + " is not known on this architecture, " + name, Errno.ENOSYS);
    }
    return number;
  }

  /** The name of the call as in its manual page. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
