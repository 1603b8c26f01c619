package io.github.pidflow.daemon;

import io.github.pidflow.config.InvalidSettingsException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says why a command failed: what a user can mend in one message, a defect with its stack. */
final class FailureMessage implements IExecutionExceptionHandler {
  private static final int FAILED = 1;

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult arguments) {
    if (e instanceof IOException || e instanceof InvalidSettingsException) {
      command.getErr().println("pidflow: " + e.getMessage());
    } else {
      e.printStackTrace(command.getErr());
    }
    command.getErr().flush();
    return FAILED;
  }
}
