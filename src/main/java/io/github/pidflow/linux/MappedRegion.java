package io.github.pidflow.linux;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory shared with the kernel (mmap(2)). After {@link #close()} a read through its buffer crashes
 * the JVM, so whoever closes it must know that every reader's thread has ended.
 */
public final class MappedRegion implements AutoCloseable {
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED = 1;

  private final Pointer address;
  private final int length;
  private final ByteBuffer buffer;
  private boolean closed;

  private MappedRegion(Pointer address, int length) {
    this.address = address;
    this.length = length;
    buffer = address.getByteBuffer(0, length).order(ByteOrder.nativeOrder());
  }

  static MappedRegion map(int fd, int length) throws NativeIoException {
    Pointer address = LibC.mmap(Pointer.NULL, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
    if (Pointer.nativeValue(address) == -1) {
      throw NativeIoException.last("mmap of " + length + " bytes");
    }
    return new MappedRegion(address, length);
  }

  /** The whole region, in native byte order. */
  public ByteBuffer buffer() {
    return buffer;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LibC.munmap(address, length);
    }
  }
}
