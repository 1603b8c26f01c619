package io.github.pidflow.lab;

/** A test of a daemon on a host that is linked with a remote one. */
public abstract class LinkTest extends HostTest {
  protected final Node remote = lab.node();
  protected final Link link = lab.link(host, remote);
}
