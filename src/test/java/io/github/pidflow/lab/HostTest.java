package io.github.pidflow.lab;

/** A test of a daemon on a single host. */
public abstract class HostTest extends LabTest {
  protected final Node host = lab.node();
}
