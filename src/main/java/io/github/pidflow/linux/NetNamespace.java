package io.github.pidflow.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A network namespace (network_namespaces(7)), which stays alive while this is open.
 *
 * <p>A socket belongs to the namespace it was opened in, whichever thread uses it later. So it is
 * enough to {@link #call} the code that opens the socket inside the namespace.
 */
public final class NetNamespace implements AutoCloseable {
  /** The user that {@link #ownerUid} returns for what no unprivileged user has made. */
  public static final long ROOT = 0;

  private static final int NS_GET_USERNS = 0xb701;
  private static final int NS_GET_OWNER_UID = 0xb704;
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final String OWN = "/proc/thread-self/ns/net";
  private static final String LINK_START = "net:[";
  private static final int MAX_LINK_BYTES = 64;

  private final Descriptor file;
  private final String name;
  private final long inode;

  private NetNamespace(Descriptor file, String name, long inode) {
    this.file = file;
    this.name = name;
    this.inode = inode;
  }

  /** Code that runs inside a namespace. */
  @FunctionalInterface
  public interface Action<T> {
    T run() throws IOException;
  }

  /**
   * Opens the namespace a process is in now.
   *
   * @throws NativeIoException {@code ENOENT} if there is no such process
   */
  public static NetNamespace ofProcess(Path procRoot, int pid) throws IOException {
    return open(procRoot + "/" + pid + "/ns/net");
  }

  /** Opens the namespace the calling thread is in now. */
  public static NetNamespace own() throws IOException {
    return open(OWN);
  }

  /** The inode number, by which the kernel tells living namespaces apart. */
  public long inode() {
    return inode;
  }

  /**
   * The user who owns the namespace, which is who made its user namespace (ioctl_ns(2)). {@link
   * #ROOT} where the kernel does not tell, before Linux 4.11.
   */
  public long ownerUid() {
    try (Descriptor users =
            Descriptor.of(LibC.ioctl(file.fd(), NS_GET_USERNS, 0), "ioctl(NS_GET_USERNS)");
        Memory uid = new Memory(Integer.BYTES)) {
      long address = Pointer.nativeValue(uid);
      Descriptor.checked(
          LibC.ioctl(users.fd(), NS_GET_OWNER_UID, address), "ioctl(NS_GET_OWNER_UID)");
      return Integer.toUnsignedLong(uid.getInt(0));
    } catch (NativeIoException e) {
      return ROOT;
    }
  }

  /**
   * Runs an action on the calling thread inside this namespace. The action must not start a thread:
   * that thread would stay inside. {@link #close()} waits until the action has ended.
   *
   * @throws IOException if the action fails, or the namespace cannot be entered (setns(2), which
   *     needs CAP_SYS_ADMIN)
   * @throws Error if the thread cannot return to its own namespace; the thread must end then, since
   *     every socket it opened later would be in the wrong network
   */
  public synchronized <T> T call(Action<T> action) throws IOException {
    if (file.isClosed()) {
      throw new IllegalStateException(name + " is closed");
    }
    try (Descriptor home = Descriptor.openFile(OWN)) {
      Descriptor.checked(LibC.setns(file.fd(), CLONE_NEWNET), "setns(" + name + ')');
      Throwable failure = null;
      try {
        return action.run();
      } catch (Throwable e) {
        failure = e;
        throw e;
      } finally {
        returnTo(home, failure);
      }
    }
  }

  @Override
  public synchronized void close() {
    file.close();
  }

  @Override
  public String toString() {
    return name;
  }

  private static void returnTo(Descriptor home, Throwable failure) {
    try {
      Descriptor.checked(LibC.setns(home.fd(), CLONE_NEWNET), "setns(" + OWN + ')');
    } catch (NativeIoException e) {
      Error stranded = new Error("the thread cannot return to its network namespace", e);
      if (failure != null) {
        stranded.addSuppressed(failure);
      }
      throw stranded;
    }
  }

  private static NetNamespace open(String path) throws IOException {
    Descriptor file = Descriptor.openFile(path);
    try {
      // The name is read through the descriptor, since the process may have moved since.
      String name = readLink("/proc/thread-self/fd/" + file.fd());
      return new NetNamespace(file, name, inode(name));
    } catch (IOException e) {
      file.close();
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

  private static String readLink(String path) throws NativeIoException {
    byte[] target = new byte[MAX_LINK_BYTES];
    byte[] terminated = (path + '\0').getBytes(StandardCharsets.UTF_8);
    int length = Descriptor.checked(ProcReads.link(terminated, target), "readlink(" + path + ')');
    return new String(target, 0, length, StandardCharsets.UTF_8);
  }
}
