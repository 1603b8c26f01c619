package io.github.pidflow.processes;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class CgroupPathsTest {
  private static final String HEADER = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";

  @Test
  void shouldUseEventsOfTheUnifiedHierarchyOnly() {
    assertTrue(CgroupPaths.isPerfUnified(HEADER + "cpu\t3\t1\t1\nperf_event\t0\t1\t1\n"));
    assertFalse(CgroupPaths.isPerfUnified(HEADER + "cpu\t0\t1\t1\nperf_event\t9\t1\t1\n"));
    assertTrue(CgroupPaths.isPerfUnified(HEADER), "a kernel that lists v1 controllers only");
  }
}
