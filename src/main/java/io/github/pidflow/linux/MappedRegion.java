package io.github.pidflow.linux;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory shared with the kernel (mmap(2)). A read through its buffer after {@link #close()} crashes
 * the JVM, so it must be closed only after every thread that reads it has ended.
 */
public final class MappedRegion implements AutoCloseable {
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED = 1;
  private static final int MAP_FAILED = -1;

  private final Pointer address;
  private final int length;
  private final ByteBuffer buffer;
  private boolean closed;

  private MappedRegion(Pointer address, int length) {
    this.address = address;
    this.length = length;
    buffer = address.getByteBuffer(0, length).order(ByteOrder.nativeOrder());
  }

  /** Maps the first bytes of a file for reading and writing. */
  static MappedRegion map(Descriptor file, int length) throws NativeIoException {
    Pointer address = LibC.mmap(Pointer.NULL, length, PROT_READ_WRITE, MAP_SHARED, file.fd(), 0);
    if (Pointer.nativeValue(address) == MAP_FAILED) {
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
