package io.github.pidflow.linux;

import java.util.Locale;

/** The processor architecture, as far as the kernel's interface depends on it. */
enum Architecture {
  X86_64,
  /** The architectures that take their numbers from asm-generic/unistd.h. */
  ASM_GENERIC,
  PPC64LE,
  /** Big-endian, unlike the others. */
  S390X,
  UNKNOWN;

  /** The name the JVM gives the architecture it runs on. */
  static final String NAME = System.getProperty("os.arch");

  static final Architecture CURRENT = of(NAME);

  static Architecture of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "riscv64", "loongarch64" -> ASM_GENERIC;
      case "ppc64le" -> PPC64LE;
      case "s390x" -> S390X;
      default -> UNKNOWN;
    };
  }
}
