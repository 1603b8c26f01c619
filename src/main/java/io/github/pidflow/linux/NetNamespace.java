package io.github.pidflow.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A network namespace (network_namespaces(7)), kept alive while this is open, for actions that must
 * run inside it: what a socket sees is decided by where it was opened, so opening is all that needs
 * to be done there.
 */
public final class NetNamespace implements AutoCloseable {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final String OWN = "/proc/thread-self/ns/net";
  private static final String LINK_START = "net:[";

  private final int fd;
  private final String name;
  private final long inode;
  private boolean closed;

  private NetNamespace(int fd, String name, long inode) {
    this.fd = fd;
    this.name = name;
    this.inode = inode;
  }

  /** What is done inside a namespace. */
  @FunctionalInterface
  public interface Action<T> {
    T run() throws IOException;
  }

  /**
   * The namespace a process is in now.
   *
   * @throws NativeIoException {@code ENOENT} if there is no such process
   */
  public static NetNamespace ofProcess(Path procRoot, int pid) throws IOException {
    return open(procRoot + "/" + pid + "/ns/net");
  }

  /** The namespace the calling thread is in now. */
  public static NetNamespace own() throws IOException {
    return open(OWN);
  }

  /** Its inode, by which the kernel tells namespaces apart while they live. */
  public long inode() {
    return inode;
  }

  /**
   * Runs an action on the calling thread inside this namespace. A thread the action starts would
   * stay there, so it must not. Meanwhile {@link #close()} waits.
   *
   * @throws IOException the action's, or that the namespace cannot be entered (setns(2), which
   *     needs CAP_SYS_ADMIN)
   * @throws Error if the thread cannot return to its own namespace; it must end then, since all it
   *     opens would be of another host's network
   */
  public synchronized <T> T call(Action<T> action) throws IOException {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
    int home = openFile(OWN);
    try {
      enter();
      Throwable failure = null;
      try {
        return action.run();
      } catch (Throwable e) {
        failure = e;
        throw e;
      } finally {
        returnTo(home, failure);
      }
    } finally {
      LibC.close(home);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LibC.close(fd);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  private void enter() throws NativeIoException {
    if (LibC.setns(fd, CLONE_NEWNET) != 0) {
      throw NativeIoException.last("setns(" + name + ')');
    }
  }

  private static void returnTo(int home, Throwable failure) {
    if (LibC.setns(home, CLONE_NEWNET) != 0) {
      Error stranded =
          new Error("the thread is stranded", NativeIoException.last("setns(" + OWN + ')'));
      if (failure != null) {
        stranded.addSuppressed(failure);
      }
      throw stranded;
    }
  }

  private static NetNamespace open(String path) throws IOException {
    int fd = openFile(path);
    try {
      // Of the descriptor, not of the path: the process may have moved on in between.
      String name = target("/proc/thread-self/fd/" + fd);
      return new NetNamespace(fd, name, inode(name));
    } catch (IOException e) {
      LibC.close(fd);
      throw e;
    }
  }

  private static long inode(String name) throws IOException {
    if (!name.startsWith(LINK_START) || !name.endsWith("]")) {
      throw new IOException("not a network namespace: " + name);
    }
    try {
      return Long.parseLong(name.substring(LINK_START.length(), name.length() - 1));
    } catch (NumberFormatException e) {
      throw new IOException("not a network namespace: " + name, e);
    }
  }

  private static int openFile(String path) throws NativeIoException {
    int fd = LibC.open(bytes(path), O_RDONLY_CLOEXEC);
    if (fd < 0) {
      throw NativeIoException.last("open(" + path + ')');
    }
    return fd;
  }

  private static String target(String path) throws NativeIoException {
    byte[] target = new byte[64];
    long length = LibC.readlink(bytes(path), target, target.length);
    if (length < 0) {
      throw NativeIoException.last("readlink(" + path + ')');
    }
    return new String(target, 0, (int) length, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String path) {
    return (path + '\0').getBytes(StandardCharsets.UTF_8);
  }
}
