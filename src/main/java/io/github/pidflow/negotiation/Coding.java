package io.github.pidflow.negotiation;

import java.util.List;

/** The coding of a response. */
public enum Coding {
  IDENTITY,
  GZIP;

  private static final double NOT_NAMED = -1;

  /**
   * The coding to answer with: gzip if the request accepts it, unless it prefers none. A request
   * that refuses both gets no coding, since it could not read an error either.
   *
   * @param acceptEncoding the lines of the header {@code Accept-Encoding}, or null
   */
  public static Coding of(List<String> acceptEncoding) {
    List<Accepted> codings = Accepted.parse(acceptEncoding);
    double others = weight(codings, "*", NOT_NAMED);
    double gzip = weight(codings, "gzip", weight(codings, "x-gzip", others));
    double identity = weight(codings, "identity", others == 0 ? 0 : NOT_NAMED);
    return gzip > 0 && gzip >= identity ? GZIP : IDENTITY;
  }

  private static double weight(List<Accepted> codings, String name, double otherwise) {
    return codings.stream()
        .filter(coding -> coding.name().equals(name))
        .mapToDouble(Accepted::weight)
        .max()
        .orElse(otherwise);
  }
}
