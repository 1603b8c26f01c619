package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The options that proc(5) is mounted with. */
public final class ProcMount {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final List<String> HIDING =
      List.of(
          "hidepid=1",
          "hidepid=2",
          "hidepid=4",
          "hidepid=noaccess",
          "hidepid=invisible",
          "hidepid=ptraceable");

  private ProcMount() {}

  /** Whether it is mounted so that a process needs CAP_SYS_PTRACE to see those of other users. */
  public static boolean hidesProcesses(Path procRoot) {
    try {
      return hidesProcesses(procRoot, Files.readAllLines(MOUNTS));
    } catch (IOException e) {
      return false;
    }
  }

  static boolean hidesProcesses(Path procRoot, List<String> mounts) {
    boolean hides = false;
    for (String line : mounts) {
      // device, mount point, type, options, rest; of two on one point the later one is on top
      String[] fields = line.split(" ", 5);
      if (fields.length == 5 && fields[2].equals("proc") && fields[1].equals(procRoot.toString())) {
        hides = Arrays.stream(fields[3].split(",", -1)).anyMatch(HIDING::contains);
      }
    }
    return hides;
  }
}
