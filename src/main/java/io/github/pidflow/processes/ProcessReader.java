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
  private final long bootTimeSeconds;

  ProcessReader(ProcFs procFs, UserNames users) throws IOException {
    this.procFs = procFs;
    this.users = users;
    Path stat = procFs.root().resolve("stat");
    Matcher bootTime = BOOT_TIME.matcher(Files.readString(stat, StandardCharsets.US_ASCII));
    if (!bootTime.find()) {
      throw new IOException(stat + " has no btime line");
    }
    bootTimeSeconds = Long.parseLong(bootTime.group(1));
  }

  ProcessInfo read(int pid, ProcStat stat) {
    CgroupPath cgroup = CgroupPath.parse(procFs.read(pid, "cgroup"));
    return new ProcessInfo(
        new ProcessId(pid, stat.startTicks()),
        comm(pid, stat),
        exe(pid),
        user(pid),
        cgroup.unit(),
        cgroup.containerId(),
        cgroup.podUid(),
        bootTimeSeconds + stat.startTicks() / TICKS_PER_SECOND);
  }

  /** Describes a process that has ended, from the little that is known of it. */
  ProcessInfo ended(ProcessId id, String comm, int uid, String cgroupPath) {
    CgroupPath cgroup = CgroupPath.of(cgroupPath);
    return new ProcessInfo(
        id, comm, "", users.name(uid), cgroup.unit(), cgroup.containerId(), cgroup.podUid(), 0);
  }

  private String comm(int pid, ProcStat stat) {
    byte[] comm = procFs.read(pid, "comm");
    // A newline ends the file; any other newline is part of the name.
    return comm.length == 0
        ? stat.name()
        : new String(comm, 0, comm.length - 1, StandardCharsets.UTF_8);
  }

  /** The executable or, if that cannot be read, the first word of the command line. */
  private String exe(int pid) {
    String exe = new String(procFs.link(pid, "exe"), StandardCharsets.UTF_8);
    if (exe.isEmpty()) {
      String commandLine = new String(procFs.read(pid, "cmdline"), StandardCharsets.UTF_8);
      int end = commandLine.indexOf('\0');
      return end < 0 ? commandLine : commandLine.substring(0, end);
    }
    return exe.endsWith(DELETED) ? exe.substring(0, exe.length() - DELETED.length()) : exe;
  }

  private String user(int pid) {
    String status = new String(procFs.read(pid, "status"), StandardCharsets.UTF_8);
    Matcher uid = EFFECTIVE_UID.matcher(status);
    // A uid is unsigned: 4294967295 is valid.
    return uid.find() ? users.name(Integer.parseUnsignedInt(uid.group(1))) : "";
  }
}
