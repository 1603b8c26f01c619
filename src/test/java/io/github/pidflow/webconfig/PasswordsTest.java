package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PasswordsTest {
  private static final int LOWEST_COST = 4;

  private final Passwords passwords = new Passwords();
  private final Map<String, String> users = Map.of("alice", hash("secret"));

  /**
   * Of the word U*U: crypt_blowfish's own test vector under each prefix with the same algorithm.
   */
  @ParameterizedTest
  @CsvSource({"2a", "2b", "2y"})
  void shouldAcceptEveryHashVersion(String version) {
    String hash = '$' + version + "$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    assertTrue(passwords.accepts(basic("alice:U*U"), Map.of("alice", hash)));
    assertFalse(passwords.accepts(basic("alice:U*u"), Map.of("alice", hash)));
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
    assertFalse(passwords.accepts(header, users));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice:", "alice:Secret", "alice:secret ", "bob:secret", ":", "alice"})
  void shouldRefuse(String credentials) {
    assertFalse(passwords.accepts(basic(credentials), users));
  }

  @Test
  void shouldAcceptTheSchemeInAnyCase() {
    assertTrue(passwords.accepts(basic("alice:secret"), users));
    assertTrue(passwords.accepts(basic("alice:secret").replace("Basic", "bAsIc"), users));
  }

  @Test
  void shouldForgetAcceptedPasswordsWhenTheHashChanges() {
    assertTrue(passwords.accepts(basic("alice:secret"), users));

    assertFalse(passwords.accepts(basic("alice:secret"), Map.of("alice", hash("new"))));
    assertFalse(passwords.accepts(basic("alice:secret"), Map.of("bob", hash("secret"))));
    assertTrue(passwords.accepts(basic("alice:secret"), users));
  }

  /** A hash of cost 12 takes a quarter of a second, so computing a thousand would time out. */
  @Test
  void shouldComputeTheHashOfAnAcceptedPasswordOnce() {
    Map<String, String> costly =
        Map.of("alice", BCrypt.withDefaults().hashToString(12, "secret".toCharArray()));
    int accepted = 0;
    for (int i = 0; i < 1_000; i++) {
      accepted += passwords.accepts(basic("alice:secret"), costly) ? 1 : 0;
    }

    assertEquals(1_000, accepted);
  }

  @Test
  void shouldTakeAsLongForAnUnknownUser() {
    Map<String, String> costly =
        Map.of("alice", BCrypt.withDefaults().hashToString(11, "secret".toCharArray()));
    passwords.accepts(basic("alice:warmup"), costly);

    long known = nanos(() -> passwords.accepts(basic("alice:wrong"), costly));
    long unknown = nanos(() -> passwords.accepts(basic("mallory:wrong"), costly));

    assertTrue(unknown > known / 4, unknown + " ns, and " + known + " ns for one there is");
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
