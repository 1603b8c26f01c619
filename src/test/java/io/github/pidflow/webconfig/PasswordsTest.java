package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.github.pidflow.webconfig.WebAccess.Verdict;
import java.net.InetAddress;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PasswordsTest {
  private static final int LOWEST_COST = 4;

  private final AtomicLong clock = new AtomicLong();
  private final Passwords passwords = new Passwords(clock::get);
  private final Map<String, String> users = Map.of("alice", hash("secret"));

  /**
   * Of the word U*U: crypt_blowfish's own test vector under each prefix with the same algorithm.
   */
  @ParameterizedTest
  @CsvSource({"2a", "2b", "2y"})
  void shouldAcceptEveryHashVersion(String version) {
    String hash = '$' + version + "$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    assertTrue(accepts(basic("alice:U*U"), Map.of("alice", hash)));
    assertFalse(accepts(basic("alice:U*u"), Map.of("alice", hash)));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "Basic",
        "Basic ",
        "Basic ?",
        "Basic YWxpY2U=",
        "Bearer YWxpY2U6c2VjcmV0",
        "YWxpY2U6c2VjcmV0",
        "Basic YWxpY2U6c2VjcmV0 YWxpY2U6c2VjcmV0"
      })
  void shouldRefuseAHeaderWithoutAUser(String header) {
    assertFalse(accepts(header, users));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice:", "alice:Secret", "alice:secret ", "bob:secret", ":", "alice"})
  void shouldRefuse(String credentials) {
    assertFalse(accepts(basic(credentials), users));
  }

  @Test
  void shouldAcceptTheSchemeInAnyCase() {
    assertTrue(accepts(basic("alice:secret"), users));
    assertTrue(accepts(basic("alice:secret").replace("Basic", "bAsIc"), users));
  }

  @Test
  void shouldForgetAcceptedPasswordsWhenTheHashChanges() {
    assertTrue(accepts(basic("alice:secret"), users));

    assertFalse(accepts(basic("alice:secret"), Map.of("alice", hash("new"))));
    assertFalse(accepts(basic("alice:secret"), Map.of("bob", hash("secret"))));
    assertTrue(accepts(basic("alice:secret"), users));
  }

  /** A hash of cost 12 takes a quarter of a second, so computing a thousand would time out. */
  @Test
  void shouldComputeTheHashOfAnAcceptedPasswordOnce() {
    Map<String, String> costly =
        Map.of("alice", BCrypt.withDefaults().hashToString(12, "secret".toCharArray()));
    int accepted = 0;
    for (int i = 0; i < 1_000; i++) {
      accepted += accepts(basic("alice:secret"), costly) ? 1 : 0;
    }

    assertEquals(1_000, accepted);
  }

  @Test
  void shouldTakeAsLongForAnUnknownUser() {
    Map<String, String> costly =
        Map.of("alice", BCrypt.withDefaults().hashToString(11, "secret".toCharArray()));
    accepts(basic("alice:warmup"), costly);

    long known = nanos(() -> accepts(basic("alice:wrong"), costly));
    long unknown = nanos(() -> accepts(basic("mallory:wrong"), costly));

    assertTrue(unknown > known / 4, unknown + " ns, and " + known + " ns for one there is");
  }

  @Test
  void shouldTakeAsLongForAHashOfLowerCost() {
    Map<String, String> both =
        Map.of(
            "alice", BCrypt.withDefaults().hashToString(11, "secret".toCharArray()),
            "bob", BCrypt.withDefaults().hashToString(LOWEST_COST, "secret".toCharArray()));
    accepts(basic("alice:warmup"), both);

    long high = nanos(() -> accepts(basic("alice:wrong"), both));
    long low = nanos(() -> accepts(basic("bob:wrong"), both));

    assertTrue(low > high / 4, low + " ns, and " + high + " ns for the higher cost");
  }

  @Test
  void shouldRefuseASourceThatFailsTooOften() throws Exception {
    InetAddress guesser = InetAddress.getByName("192.0.2.1");
    assertEquals(Verdict.ADMITTED, check("alice:secret", guesser));
    for (int i = 0; i < 10; i++) {
      assertEquals(Verdict.UNAUTHENTICATED, check("alice:" + i, guesser));
    }

    assertEquals(Verdict.TOO_MANY_REQUESTS, check("alice:wrong", guesser));
    assertEquals(Verdict.TOO_MANY_REQUESTS, check("bob:wrong", guesser));
    // What was accepted before needs no hash, and others are not affected.
    assertEquals(Verdict.ADMITTED, check("alice:secret", guesser));
    assertEquals(Verdict.UNAUTHENTICATED, check("alice:wrong", InetAddress.getByName("192.0.2.2")));
    clock.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertEquals(Verdict.UNAUTHENTICATED, check("alice:wrong", guesser));
  }

  @Test
  void shouldTakeAnIpv6NetworkForOneSource() throws Exception {
    for (int i = 0; i < 10; i++) {
      check("alice:" + i, InetAddress.getByName("2001:db8::" + i));
    }

    assertEquals(
        Verdict.TOO_MANY_REQUESTS, check("alice:x", InetAddress.getByName("2001:db8::ff")));
    assertEquals(
        Verdict.UNAUTHENTICATED, check("alice:x", InetAddress.getByName("2001:db8:0:1::1")));
  }

  private Verdict check(String credentials, InetAddress source) {
    return passwords.check(basic(credentials), users, source);
  }

  private boolean accepts(String header, Map<String, String> hashes) {
    return passwords.check(header, hashes, InetAddress.getLoopbackAddress()) == Verdict.ADMITTED;
  }

  private static long nanos(Runnable task) {
    long start = System.nanoTime();
    task.run();
    return System.nanoTime() - start;
  }

  private static String hash(String password) {
    return BCrypt.withDefaults().hashToString(LOWEST_COST, password.toCharArray());
  }

  private static String basic(String credentials) {
    return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
  }
}
