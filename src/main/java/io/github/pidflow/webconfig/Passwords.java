package io.github.pidflow.webconfig;

import static java.nio.charset.StandardCharsets.UTF_8;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Basic authentication (RFC 7617) against bcrypt hashes. A bcrypt hash takes about 100 ms by
 * design, so successful checks are cached by a keyed digest of user, hash and password. A changed
 * hash therefore never hits the cache, and no password is stored. Failures are not cached, because
 * a flood of them would evict the entries of legitimate clients.
 */
final class Passwords {
  private static final String SCHEME = "Basic ";
  private static final int MAX_REMEMBERED = 100;

  /** Salt and digest of a hash that matches no password. */
  private static final String NOBODY = ".".repeat(53);

  private static final BCrypt.Verifyer BCRYPT =
      BCrypt.verifyer(
          BCrypt.Version.VERSION_2Y, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2Y));

  private final Object oneHashAtATime = new Object();
  private final SecretKeySpec digestKey = new SecretKeySpec(randomBytes(), "HmacSHA256");
  private final Map<ByteBuffer, Boolean> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /**
   * Whether the header holds the name and the password of a user.
   *
   * @param authorization the header of that name, or null
   * @param hashes by user
   */
  boolean accepts(String authorization, Map<String, String> hashes) {
    Optional<String[]> credentials = credentials(authorization);
    if (credentials.isEmpty()) {
      return false;
    }
    String user = credentials.get()[0];
    String password = credentials.get()[1];
    String hash = hashes.get(user);
    if (hash == null) {
      // Takes as long as for an existing user, so that timing does not reveal user names.
      verify(password, nobody(hashes.values()));
      return false;
    }
    ByteBuffer digest = digest(user, hash, password);
    synchronized (remembered) {
      if (remembered.get(digest) != null) {
        return true;
      }
    }
    if (!verify(password, hash)) {
      return false;
    }
    synchronized (remembered) {
      remembered.put(digest, true);
    }
    return true;
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

  /** One hash at a time, so that password guessing occupies one core at most. */
  private boolean verify(String password, String hash) {
    synchronized (oneHashAtATime) {
      return BCRYPT.verify(password.getBytes(UTF_8), hash.getBytes(UTF_8)).verified;
    }
  }

  /** A hash that matches no password, with the highest cost in use. */
  private static String nobody(Collection<String> hashes) {
    String cost =
        hashes.stream()
            .map(hash -> hash.substring(4, 6))
            .max(Comparator.naturalOrder())
            .orElse("10");
    return "$2y$" + cost + '$' + NOBODY;
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
