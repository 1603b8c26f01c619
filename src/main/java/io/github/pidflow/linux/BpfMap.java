package io.github.pidflow.linux;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A map that eBPF programs and pidflow share. Keys and values are passed in two buffers of this
 * object, so a lookup allocates nothing: fill {@link #key()}, call {@link #lookup()}, and read
 * {@link #value()}. For one thread.
 */
public final class BpfMap implements AutoCloseable {
  private final Descriptor map;
  private final Memory keyMemory;
  private final Memory valueMemory;
  private final Memory attr = Bpf.attr();
  private final ByteBuffer key;
  private final ByteBuffer value;

  private BpfMap(Descriptor map, int keyBytes, int valueBytes) {
    this.map = map;
    keyMemory = new Memory(keyBytes);
    valueMemory = new Memory(valueBytes);
    key = keyMemory.getByteBuffer(0, keyBytes).order(ByteOrder.nativeOrder());
    value = valueMemory.getByteBuffer(0, valueBytes).order(ByteOrder.nativeOrder());
  }

  /** Creates a map, which lives while it or a program that uses it is open. */
  public static BpfMap create(Bpf.MapType type, int keyBytes, int valueBytes, int maxEntries)
      throws NativeIoException {
    Descriptor map = Bpf.createMap(type, keyBytes, valueBytes, maxEntries);
    return new BpfMap(map, keyBytes, valueBytes);
  }

  /** The descriptor's number, which the instructions of programs that use the map contain. */
  public int fd() throws NativeIoException {
    return map.fd();
  }

  /** The key to look up, or the one {@link #nextKey()} has found; in native byte order. */
  public ByteBuffer key() {
    return key;
  }

  /** The value that {@link #lookup()} has found, in native byte order. */
  public ByteBuffer value() {
    return value;
  }

  /** Maps the values of a {@link Bpf.MapType#MAPPED_ARRAY} into memory. */
  public MappedRegion mapValues(int bytes) throws NativeIoException {
    return MappedRegion.map(map, bytes);
  }

  /** Copies the value under the current key; false if there is none. */
  public boolean lookup() throws NativeIoException {
    return Bpf.lookup(map, keyMemory, valueMemory, attr);
  }

  /**
   * Moves to the key after the current one, or to the first if the current one is not in the map.
   *
   * @return false at the end
   */
  public boolean nextKey() throws NativeIoException {
    return Bpf.nextKey(map, keyMemory, keyMemory, attr);
  }

  @Override
  public void close() {
    map.close();
  }
}
