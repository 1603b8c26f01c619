package io.github.pidflow.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * The functions of the C library that pidflow calls, by JNA's direct mapping, which neither boxes
 * nor goes through a proxy. A {@code size_t} is a {@code long} here, so this is for 64-bit Linux
 * only.
 */
final class LibC {
  static {
    Native.register(LibC.class, "c");
  }

  private LibC() {}

  static native int socket(int domain, int type, int protocol);

  static native int bind(int fd, byte[] address, int addressLength);

  static native int connect(int fd, byte[] address, int addressLength);

  static native int setsockopt(int fd, int level, int name, Pointer value, int length);

  static native int getsockopt(int fd, int level, int name, Pointer value, Pointer length);

  static native long send(int fd, byte[] message, long length, int flags);

  static native long recv(int fd, Pointer buffer, long length, int flags);

  static native int poll(Pointer descriptors, long count, int timeoutMillis);

  static native int epoll_create1(int flags);

  static native int epoll_ctl(int epoll, int operation, int fd, Pointer event);

  static native int epoll_wait(int epoll, Pointer events, int maxEvents, int timeoutMillis);

  static native int eventfd(int initial, int flags);

  static native int sched_setaffinity(int thread, long length, Pointer mask);

  static native int setns(int fd, int type);

  static native int ioctl(int fd, long request, long argument);

  static native int close(int fd);

  static native Pointer mmap(
      Pointer address, long length, int protection, int flags, int fd, long offset);

  static native int getpagesize();

  static native int munmap(Pointer address, long length);

  static native long readlink(byte[] path, byte[] buffer, long size);

  /** The path is an address, so that a name in native memory need not be copied. */
  static native long readlinkat(int directory, long path, Pointer buffer, long size);

  static native int open(byte[] path, int flags);

  static native int open_by_handle_at(int mount, Pointer handle, int flags);

  static native long read(int fd, byte[] buffer, long length);

  static native long write(int fd, byte[] buffer, long length);

  static native int clock_gettime(int clock, Pointer timespec);

  /** For the calls of {@link Syscall}. Each argument fills a register. */
  static native long syscall(long number, long a, long b, long c, long d, long e);

  static native String strerror(int errno);
}
