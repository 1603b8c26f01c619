package io.github.pidflow.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UserSharesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long ALICE = 1000;
  private static final long BOB = 1001;

  private final UserShares shares = new UserShares(512, 0);
  private long nextInode = 1;

  @Test
  void shouldAdmitFewOfAUserWhoMakesNamespacesInALoop() {
    int admitted = 0;
    for (int i = 0; i < 1000; i++) {
      admitted += admit(ALICE, i * SECOND / 100) ? 1 : 0;
    }
    assertTrue(admitted >= 50 && admitted <= 57, admitted + " of 1000 in ten seconds");
    assertTrue(admit(BOB, 10 * SECOND), "another user's");
  }

  @Test
  void shouldNotLimitRoot() {
    for (int i = 0; i < 1000; i++) {
      assertTrue(admit(0, 0));
    }
  }

  @Test
  void shouldLeaveMostOfTheNamespacesToOthers() {
    int watched = 0;
    for (int second = 0; second < 1000; second++) {
      watched += admit(ALICE, second * SECOND) ? 1 : 0;
    }
    assertEquals(128, watched);
    shares.release(1);
    assertTrue(admit(ALICE, 1000 * SECOND));
    assertFalse(admit(ALICE, 1001 * SECOND));
  }

  /** A user may make user namespaces as each of his subordinate ids. */
  @Test
  void shouldLeaveAQuarterToRootHoweverManyUsersThereAre() {
    int watched = 0;
    for (int i = 0; i < 100_000; i++) {
      watched += admit(100_000 + i % 65_536, i * SECOND / 100) ? 1 : 0;
    }
    assertEquals(384, watched);
  }

  private boolean admit(long uid, long nowNanos) {
    return shares.admit(nextInode++, uid, nowNanos);
  }
}
