package io.github.pidflow.processes;

import io.github.pidflow.flow.ProcessId;
import io.github.pidflow.flow.ProcessInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code /proc/PID/{comm,exe,cmdline,status,cgroup}} into a {@link ProcessInfo}. */
final class ProcessReader {
  /** USER_HZ, the unit of {@code starttime}: 100 on every architecture pidflow supports. */
  private static final double TICKS_PER_SECOND = 100;

  private static final String DELETED = " (deleted)";
  private static final Pattern EFFECTIVE_UID = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+(\\d+)");
  private static final Pattern BOOT_TIME = Pattern.compile("(?m)^btime (\\d+)");

  private final ProcFs procFs;
  private final UserNames users;
  private final CgroupOwners cgroupOwners;
  private final Executables executables;
  private final long bootTimeSeconds;

  ProcessReader(ProcFs procFs, UserNames users, CgroupOwners cgroupOwners) throws IOException {
    this.procFs = procFs;
    this.users = users;
    this.cgroupOwners = cgroupOwners;
    executables = new Executables(procFs);
    Path stat = procFs.root().resolve("stat");
    Matcher bootTime = BOOT_TIME.matcher(Files.readString(stat, StandardCharsets.US_ASCII));
    if (!bootTime.find()) {
      throw new IOException(stat + " has no btime line");
    }
    bootTimeSeconds = Long.parseLong(bootTime.group(1));
  }

  ProcessInfo read(int pid, ProcStat stat) {
    String link = link(pid); // first: it finds out whether the main thread has ended
    CgroupPath cgroup = CgroupPath.parse(procFs.readLiving(pid, "cgroup"), cgroupOwners);
    String exe = exe(pid, link, cgroup.isOfSystemContainer());
    return new ProcessInfo(
        new ProcessId(pid, stat.startTicks()),
        comm(pid, stat),
        exe,
        user(pid),
        cgroup.unit(),
        cgroup.containerId(),
        cgroup.podUid(),
        bootTimeSeconds + stat.startTicks() / TICKS_PER_SECOND);
  }

  /** Describes a process that has ended, from the little that is known of it. */
  ProcessInfo ended(ProcessId id, EndedProcess process) {
    CgroupPath cgroup = CgroupPath.of(process.cgroupPath(), cgroupOwners);
    return new ProcessInfo(
        id,
        process.comm(),
        process.exe(),
        process.uid() == EndedProcess.UNKNOWN_USER ? "" : users.name(process.uid()),
        cgroup.unit(),
        cgroup.containerId(),
        cgroup.podUid(),
        process.startIsKnown() ? bootTimeSeconds + id.startTicks() / TICKS_PER_SECOND : 0);
  }

  private String comm(int pid, ProcStat stat) {
    byte[] comm = procFs.read(pid, "comm");
    return comm.length == 0 ? stat.name() : name(comm);
  }

  /** The name in the file {@code comm}. A newline ends it; any other one is part of the name. */
  static String name(byte[] comm) {
    return new String(comm, 0, comm.length - 1, StandardCharsets.UTF_8);
  }

  /** The path of an executable without the mark of a deleted file. */
  static String executable(String path) {
    return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
  }

  private String link(int pid) {
    return new String(procFs.link(pid, "exe"), StandardCharsets.UTF_8);
  }

  /**
   * The executable or, if that cannot be read, the first word of the command line.
   *
   * @param inContainer whether root has started its container: the path is that of the image
   */
  private String exe(int pid, String link, boolean inContainer) {
    if (link.isEmpty()) {
      String commandLine = new String(procFs.readLiving(pid, "cmdline"), StandardCharsets.UTF_8);
      int end = commandLine.indexOf('\0');
      return end < 0 ? commandLine : commandLine.substring(0, end);
    }
    String path = executable(link);
    return inContainer ? path : executables.checked(pid, path, !path.equals(link));
  }

  private String user(int pid) {
    String status = new String(procFs.read(pid, "status"), StandardCharsets.UTF_8);
    Matcher uid = EFFECTIVE_UID.matcher(status);
    // A uid is unsigned: 4294967295 is valid.
    return uid.find() ? users.name(Integer.parseUnsignedInt(uid.group(1))) : "";
  }
}
