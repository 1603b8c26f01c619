package io.github.pidflow.lab;

import org.junit.jupiter.api.AfterEach;

/** A test with network namespaces of its own, which end with it. */
public abstract class LabTest {
  protected final NetLab lab = NetLab.create();

  @AfterEach
  void closeLab() {
    lab.close();
  }
}
