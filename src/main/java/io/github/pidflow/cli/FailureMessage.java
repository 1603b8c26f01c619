package io.github.pidflow.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says why a command failed: what a user can mend in one message, a defect with its stack. */
public final class FailureMessage implements IExecutionExceptionHandler {
  public static final int FAILED = 1;

  /** Says where JNA unpacks its library, and what that place must be like. */
  public static String ofNativeLibrary(UnsatisfiedLinkError e) {
    String temporary = System.getProperty("java.io.tmpdir");
    return "pidflow: the native part of JNA cannot be loaded: "
        + e.getMessage()
        + ". It is unpacked into "
        + System.getProperty("jna.tmpdir", "~/.cache/JNA/temp, or where there is none " + temporary)
        + ": make room there, or name a directory that is writable and not mounted noexec with"
        + " -Djna.tmpdir=DIRECTORY in jvm.options";
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult arguments) {
    print(e, command.getErr());
    return FAILED;
  }

  public static void print(Exception e, PrintWriter err) {
    if (e instanceof IOException) {
      err.println("pidflow: " + text(e));
    } else {
      e.printStackTrace(err);
    }
    err.flush();
  }

  /** The JDK's own message of a file that cannot be opened is no more than its name. */
  private static String text(Exception e) {
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + ": does not exist";
    }
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": is not readable by this user: mend its owner or mode";
    }
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.contains("Too many open files")
        ? message + ": raise the limit, with ulimit -n, or LimitNOFILE= in the unit"
        : message;
  }
}
