package io.github.pidflow.lab;

import org.junit.jupiter.api.AfterEach;

/** A test with its own network namespaces, which are deleted after it. */
public abstract class LabTest {
  protected final NetLab lab = NetLab.create();

  @AfterEach
  void closeLab() {
    lab.close();
  }
}
