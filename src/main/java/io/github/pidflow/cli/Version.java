package io.github.pidflow.cli;

import io.github.pidflow.runtime.BuildInfo;
import picocli.CommandLine.IVersionProvider;

/** Prints the version for {@code --version} of every command. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"pidflow " + BuildInfo.read()};
  }
}
