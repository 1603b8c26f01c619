package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.UTF_8;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import io.github.pidflow.webconfig.WebAccess.Verdict;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Basic authentication (RFC 7617) against bcrypt hashes. A bcrypt hash takes about 100 ms by
 * design, so successful checks are cached by a keyed digest of user, hash and password. A changed
 * hash therefore never hits the cache, and no password is stored. Failures are not cached, because
 * a flood of them would evict the entries of legitimate clients.
 *
 * <p>Guessing must not lock legitimate clients out. An accepted password is never made to wait.
 * Others are hashed one at a time, and few may wait for that; who has failed too often is refused
 * without hashing, see {@link FailedAttempts}.
 */
final class Passwords {
  private static final String SCHEME = "Basic ";
  private static final int MAX_REMEMBERED = 100;
  private static final int DEFAULT_COST = 10;

  /** Salt and digest of a hash that matches no password. */
  private static final String NOBODY = ".".repeat(53);

  private static final BCrypt.Verifyer BCRYPT =
      BCrypt.verifyer(
          BCrypt.Version.VERSION_2Y, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2Y));

  /** Whose password is being hashed, and who waits for that. */
  private static final int MAX_HASHING = 4;

  private final Semaphore hashing = new Semaphore(MAX_HASHING);
  private final Object oneHashAtATime = new Object();
  private final FailedAttempts failed;
  private final SecretKeySpec digestKey = new SecretKeySpec(randomBytes(), "HmacSHA256");
  private final Map<ByteBuffer, Boolean> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  Passwords(LongSupplier nanoClock) {
    failed = new FailedAttempts(nanoClock);
  }

  /**
   * Decides on a request by the name and the password that its header holds.
   *
   * @param authorization the header of that name, or null
   * @param hashes by user
   * @param source the client's address
   */
  Verdict check(String authorization, Map<String, String> hashes, InetAddress source) {
    Optional<String[]> credentials = credentials(authorization);
    if (credentials.isEmpty()) {
      return Verdict.UNAUTHENTICATED;
    }
    String user = credentials.get()[0];
    String password = credentials.get()[1];
    String hash = hashes.get(user);
    ByteBuffer digest = hash == null ? null : digest(user, hash, password);
    if (digest != null && isRemembered(digest)) {
      return Verdict.ADMITTED;
    }
    if (!failed.begin(source) || !hashing.tryAcquire()) {
      return Verdict.TOO_MANY_REQUESTS;
    }
    try {
      if (!verify(password, hash, hashes.values())) {
        return Verdict.UNAUTHENTICATED;
      }
    } finally {
      hashing.release();
    }
    failed.succeeded(source);
    synchronized (remembered) {
      remembered.put(digest, true);
    }
    return Verdict.ADMITTED;
  }

  private boolean isRemembered(ByteBuffer digest) {
    synchronized (remembered) {
      return remembered.get(digest) != null;
    }
  }

  /** User and password, or nothing if the header is malformed. */
  private static Optional<String[]> credentials(String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.empty();
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(authorization.substring(SCHEME.length()).strip());
      String[] parts = new String(decoded, UTF_8).split(":", 2);
      return parts.length == 2 ? Optional.of(parts) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * One hash at a time, so that password guessing occupies one core at most. A failure takes as
   * long for every user, whether there is one of that name or not, and whatever the cost of his
   * hash.
   *
   * @param hash null if there is no such user
   * @param all the hashes of all users
   */
  private boolean verify(String password, String hash, Collection<String> all) {
    int highest = all.stream().mapToInt(Passwords::cost).max().orElse(DEFAULT_COST);
    synchronized (oneHashAtATime) {
      if (hash == null) {
        return matches(password, nobody(highest));
      }
      boolean right = matches(password, hash);
      // Each cost takes twice as long as the one before, so these and the hash make up the highest.
      for (int cost = cost(hash); !right && cost < highest; cost++) {
        matches(password, nobody(cost));
      }
      return right;
    }
  }

  private static boolean matches(String password, String hash) {
    return BCRYPT.verify(password.getBytes(UTF_8), hash.getBytes(UTF_8)).verified;
  }

  private static int cost(String hash) {
    return Integer.parseInt(hash.substring(4, 6));
  }

  /** A hash that matches no password. */
  private static String nobody(int cost) {
    return String.format(Locale.ROOT, "$2y$%02d$%s", cost, NOBODY);
  }

  private ByteBuffer digest(String user, String hash, String password) {
    try {
      Mac mac = Mac.getInstance(digestKey.getAlgorithm());
      mac.init(digestKey);
      for (String part : new String[] {user, hash, password}) {
        byte[] bytes = part.getBytes(UTF_8);
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        mac.update(bytes);
      }
      return ByteBuffer.wrap(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }
}
