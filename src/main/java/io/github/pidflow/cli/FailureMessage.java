package io.github.pidflow.cli;

import io.github.pidflow.recording.InvalidRecordingException;
import io.github.pidflow.runtime.InvalidSettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Reports why a command failed: an error the user can fix as a message, a bug as a stack trace. */
public final class FailureMessage implements IExecutionExceptionHandler {
  public static final int FAILED = 1;

  /**
   * EX_CONFIG of sysexits.h: the settings are invalid, and another attempt would fail as well. The
   * systemd unit does not restart after it.
   */
  static final int INVALID_SETTINGS = 78;

  /** Explains why JNA cannot be loaded: it cannot unpack its library, or the system is another. */
  public static String ofNativeLibrary(UnsatisfiedLinkError e) {
    String message = "pidflow: cannot load the native library of JNA: " + e.getMessage() + ". ";
    if (message.contains("not found in resource path")) {
      return message
          + "JNA has none for "
          + System.getProperty("os.arch")
          + ": use another machine";
    }
    if (message.contains("ld-linux") || message.contains("looking up function")) {
      return message + "It needs the GNU C library, which this Java or this system lacks";
    }
    return message
        + "JNA unpacks it into "
        + System.getProperty(
            "jna.tmpdir",
            "~/.cache/JNA/temp, or "
                + System.getProperty("java.io.tmpdir")
                + " without a home directory")
        + ": free space there, or add -Djna.tmpdir=DIRECTORY to jvm.options to name a directory"
        + " that is writable and not mounted noexec";
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult arguments) {
    print(e, command.getErr());
    return exitCode(e);
  }

  /** The exit code of a command that failed. */
  public static int exitCode(Exception e) {
    boolean hasInvalidSettings =
        e instanceof InvalidSettingsException && !(e instanceof InvalidRecordingException);
    return hasInvalidSettings ? INVALID_SETTINGS : FAILED;
  }

  public static void print(Exception e, PrintWriter err) {
    if (e instanceof IOException) {
      err.println("pidflow: " + text(e));
    } else {
      e.printStackTrace(err);
    }
    err.flush();
  }

  /** The JDK's message for a file that cannot be opened is only its name. */
  private static String text(Exception e) {
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + ": does not exist";
    }
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": is not readable by this user: change its owner or mode";
    }
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.contains("Too many open files")
        ? message + ": raise the limit with ulimit -n, or LimitNOFILE= in the unit"
        : message;
  }
}
