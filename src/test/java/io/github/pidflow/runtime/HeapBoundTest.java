package io.github.pidflow.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeapBoundTest {
  @ParameterizedTest
  @CsvSource({"120, 65536", "124, 65536", "4000, 65536", "60, 32768", "30, 16384"})
  void shouldShrinkWithASmallHeap(long heapMebibytes, int bound) {
    assertEquals(bound, HeapBound.of(65_536, heapMebibytes << 20));
  }
}
