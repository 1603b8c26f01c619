package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what a refused system call really lacks, and so what would make it work. EPERM alone does
 * not tell: a capability, a sysctl, a seccomp filter, a security module, lockdown and a user
 * namespace all answer with it. They are looked at in the order in which the kernel asks them.
 *
 * @param capabilities the effective ones, as a mask
 * @param initialUserNamespace whether the capabilities hold outside a user namespace
 * @param seccomp whether a seccomp filter is active
 * @param perfEventParanoid the sysctl kernel.perf_event_paranoid
 * @param lockdown the mode of kernel_lockdown(7)
 * @param kernel the version as major * 1000 + minor
 */
public record Diagnosis(
    long capabilities,
    boolean initialUserNamespace,
    boolean seccomp,
    int perfEventParanoid,
    String lockdown,
    int kernel) {
  static final int CAP_NET_ADMIN = 12;
  static final int CAP_SYS_PTRACE = 19;
  static final int CAP_SYS_ADMIN = 21;
  static final int CAP_DAC_READ_SEARCH = 2;
  static final int CAP_PERFMON = 38;
  static final int CAP_BPF = 39;

  /** Debian and Ubuntu added levels above upstream's, from which CAP_PERFMON does not suffice. */
  private static final int PARANOID_BEYOND_PERFMON = 3;

  private static final int UPSTREAM_PARANOID = 2;

  private static final int LINUX_5_8 = 5008; // CAP_BPF and CAP_PERFMON
  private static final int LINUX_5_9 = 5009; // programs at the release of a socket
  private static final int LINUX_5_11 = 5011; // BPF maps count against the cgroup's memory

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);
  private static final Pattern ENCLOSED = Pattern.compile(".*\\[(\\w+)].*", Pattern.DOTALL);
  private static final String WHOLE_ID_RANGE = "0 0 4294967295";
  private static final String CONFIDENTIALITY = "confidentiality";

  /** Reads the facts of this process and its kernel. What cannot be read counts as harmless. */
  public static Diagnosis read() {
    Path kernel = Path.of("/proc/sys/kernel");
    Matcher version = VERSION.matcher(text(kernel.resolve("osrelease")));
    Matcher mode = ENCLOSED.matcher(text(Path.of("/sys/kernel/security/lockdown")));
    String paranoid = text(kernel.resolve("perf_event_paranoid")).strip();
    String ids = text(Path.of("/proc/self/uid_map")).strip().replaceAll("\\s+", " ");
    return new Diagnosis(
        Capabilities.effective(),
        ids.isEmpty() || ids.equals(WHOLE_ID_RANGE),
        text(Path.of("/proc/self/status")).contains("\nSeccomp:\t2"),
        paranoid.matches("-?\\d{1,4}") ? Integer.parseInt(paranoid) : UPSTREAM_PARANOID,
        mode.matches() ? mode.group(1) : "none",
        version.matches()
            ? 1000 * Integer.parseInt(version.group(1)) + Integer.parseInt(version.group(2))
            : Integer.MAX_VALUE);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /** What perf events need that a failed perf_event_open(2) shows to be missing. */
  public String taskEventsFix(IOException e) {
    if (!isRefusal(e)) {
      return otherFix(e, "perf_event_open", "CONFIG_PERF_EVENTS");
    }
    boolean isAdmin = has(CAP_SYS_ADMIN);
    if (perfEventParanoid >= PARANOID_BEYOND_PERFMON && !isAdmin) {
      // With a lower level CAP_PERFMON is needed as well.
      return "set sysctl kernel.perf_event_paranoid=2, since at "
          + perfEventParanoid
          + " CAP_PERFMON does not suffice"
          + (has(CAP_PERFMON) ? "" : ", and add the capability CAP_PERFMON")
          + "; or add the capability CAP_SYS_ADMIN";
    }
    if (perfEventParanoid > 0 && !isAdmin && !(has(CAP_PERFMON) && kernel >= LINUX_5_8)) {
      return "add the capability " + (kernel >= LINUX_5_8 ? "CAP_PERFMON" : "CAP_SYS_ADMIN");
    }
    return refusalFix("perf_event_open");
  }

  /** What the eBPF programs need that a failed bpf(2) or mount shows to be missing. */
  public String socketNotesFix(IOException e) {
    if (String.valueOf(e.getMessage()).contains("cgroup2")) {
      return "mount cgroup v2: mount -t cgroup2 none /sys/fs/cgroup; or add the capability"
          + " CAP_SYS_ADMIN";
    }
    if (e instanceof NativeIoException cause && cause.errno() == Errno.EINVAL) {
      if (kernel >= LINUX_5_8 && !has(CAP_PERFMON) && !has(CAP_SYS_ADMIN)) {
        // The verifier does not know helpers that the loader may not use.
        return capabilitiesFix(List.of("CAP_PERFMON"));
      }
      return kernel < LINUX_5_9
          ? "upgrade to Linux 5.9 or later"
          : "run a kernel built with CONFIG_CGROUP_BPF";
    }
    if (!isRefusal(e)) {
      return otherFix(e, "bpf", "CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF");
    }
    if (kernel < LINUX_5_8) {
      return has(CAP_SYS_ADMIN) ? refusalFix("bpf") : "add the capability CAP_SYS_ADMIN";
    }
    List<String> missing = new ArrayList<>();
    if (!has(CAP_SYS_ADMIN)) {
      addIfMissing(missing, CAP_BPF, "CAP_BPF");
    }
    addIfMissing(missing, CAP_NET_ADMIN, "CAP_NET_ADMIN");
    if (!missing.isEmpty()) {
      return capabilitiesFix(missing);
    }
    return kernel < LINUX_5_11
        ? "raise the limit of locked memory: LimitMEMLOCK=infinity in the unit, ulimit -l unlimited"
        : refusalFix("bpf");
  }

  /** What the multicast groups of closed sockets need that a failed subscription shows. */
  public String socketDestructionsFix(IOException e) {
    if (!isRefusal(e)) {
      return otherFix(e, "AF_NETLINK sockets", "INET_DIAG (modprobe tcp_diag udp_diag)");
    }
    return has(CAP_NET_ADMIN)
        ? refusalFix("AF_NETLINK sockets")
        : capabilitiesFix(List.of("CAP_NET_ADMIN"));
  }

  /** What entering other network namespaces needs that a failed setns(2) shows. */
  public String namespacesFix(IOException e) {
    if (!isRefusal(e)) {
      return otherFix(e, "setns", "CONFIG_NET_NS");
    }
    return has(CAP_SYS_ADMIN)
        ? refusalFix("setns")
        : "add the capability CAP_SYS_ADMIN (systemd/pidflow.service.d/namespaces.conf), or set"
            + " pidflow.namespaces = host";
  }

  /** What an AF_PACKET socket needs that was refused although CAP_NET_RAW is there. */
  public String captureFix(IOException e, String otherwise) {
    if (e instanceof NativeIoException cause && cause.errno() == Errno.EAFNOSUPPORT) {
      return otherFix(e, "AF_PACKET", "CONFIG_PACKET");
    }
    // libpcap passes on the text of the error only.
    boolean isRefused =
        isRefusal(e) || String.valueOf(e.getMessage()).contains("Operation not permitted");
    return isRefused ? refusalFix("AF_PACKET sockets") : otherwise;
  }

  /** What it takes to read the file descriptors of every process in /proc. */
  public String fdTablesFix() {
    List<String> missing = new ArrayList<>();
    addIfMissing(missing, CAP_SYS_PTRACE, "CAP_SYS_PTRACE");
    addIfMissing(missing, CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH");
    return missing.isEmpty() ? refusalFix("ptrace reads") : capabilitiesFix(missing);
  }

  /** Whether processes stay invisible to this process where /proc is mounted with hidepid. */
  public boolean obeysHidepid() {
    return !has(CAP_SYS_PTRACE);
  }

  private static String capabilitiesFix(List<String> missing) {
    return (missing.size() == 1 ? "add the capability " : "add the capabilities ")
        + String.join(" and ", missing)
        + " (AmbientCapabilities= in the unit), or run as root";
  }

  private void addIfMissing(List<String> missing, int capability, String name) {
    if (!has(capability)) {
      missing.add(name);
    }
  }

  private boolean has(int capability) {
    return (capabilities >>> capability & 1) != 0;
  }

  private static boolean isRefusal(IOException e) {
    return e instanceof NativeIoException cause
        && (cause.errno() == Errno.EPERM || cause.errno() == Errno.EACCES);
  }

  /** The fix of a refusal in spite of every capability and sysctl. */
  private String refusalFix(String what) {
    if (!initialUserNamespace) {
      return "run pidflow outside of a user namespace (no rootless container, no userns-remap, no"
          + " hostUsers: false): its capabilities do not count here";
    }
    List<String> fixes = new ArrayList<>();
    if (seccomp) {
      fixes.add(
          "allow "
              + what
              + " in the seccomp filter (SystemCallFilter= of the unit, or the container's seccomp"
              + " profile)");
    }
    if (lockdown.equals(CONFIDENTIALITY)) {
      fixes.add("boot without lockdown=confidentiality");
    }
    fixes.add(
        "allow " + what + " in the security module (AppArmor, SELinux: the kernel log names it)");
    return String.join(", or ", fixes);
  }

  /** The fix of an error that is no refusal. */
  private String otherFix(IOException e, String what, String kernelOption) {
    if (e instanceof PidNamespaceException) {
      return PidNamespaceException.FIX;
    }
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile().contains("/tracing")
          ? "mount -t tracefs none /sys/kernel/tracing"
          : "mount what holds " + missing.getFile();
    }
    if (!(e instanceof NativeIoException cause)) {
      return "see the cause";
    }
    return switch (cause.errno()) {
      case Errno.EAFNOSUPPORT ->
          "allow " + what + " in RestrictAddressFamilies= of the unit, or load " + kernelOption;
      case Errno.EMFILE -> "raise the limit with ulimit -n, or LimitNOFILE= in the unit";
      case Errno.ENOMEM -> "free memory, or raise MemoryMax= of the unit";
      case Errno.ENOSYS ->
          seccomp
              ? "allow " + what + " in the seccomp filter, or run a kernel with " + kernelOption
              : "run a kernel built with " + kernelOption;
      default -> "run a kernel that has " + kernelOption;
    };
  }
}
