package io.github.pidflow.exposition;

/**
 * Makes an untrusted name safe as a label value.
 *
 * <p>A process chooses its own {@code comm}, so it may contain anything. The formats require only
 * the backslash, the quote and the newline to be escaped, but a terminal escape sequence should not
 * reach the terminal of someone who reads the page, and parsers disagree on carriage returns, NUL
 * and Unicode line separators. Therefore ASCII control characters are replaced by their pictures
 * (U+2400 to U+2421), and other control characters, line separators and unpaired surrogates by
 * U+FFFD.
 */
final class LabelValue {
  private static final char CONTROL_PICTURES = '\u2400';
  private static final char DELETE = '\u007f';
  private static final char DELETE_PICTURE = '\u2421';
  private static final char LAST_C1_CONTROL = '\u009f';
  private static final char LINE_SEPARATOR = '\u2028';
  private static final char PARAGRAPH_SEPARATOR = '\u2029';
  private static final char REPLACEMENT = '\ufffd';

  private LabelValue() {}

  /** Replaces what is unsafe. Returns the value itself, not a copy, if nothing is. */
  static String of(String value) {
    int index = 0;
    while (index < value.length() && shown(value, index) == value.charAt(index)) {
      index++;
    }
    if (index == value.length()) {
      return value;
    }
    StringBuilder shown = new StringBuilder(value.length()).append(value, 0, index);
    for (; index < value.length(); index++) {
      shown.append(shown(value, index));
    }
    return shown.toString();
  }

  /** Writes the same to a page, with the quote, the backslash and the newline escaped. */
  static void write(String value, PageBuffer page) {
    int index = 0;
    while (index < value.length() && isPlain(value.charAt(index))) {
      index++;
    }
    if (index == value.length() && index <= PageBuffer.MAX_PIECE) {
      page.ascii(value);
      return;
    }
    for (index = 0; index < value.length(); index++) {
      char c = shown(value, index);
      switch (c) {
        case '"' -> page.ascii("\\\"");
        case '\\' -> page.ascii("\\\\");
        case '\n' -> page.ascii("\\n");
        default -> {
          if (Character.isHighSurrogate(c)) {
            index++;
            page.codePoint(Character.toCodePoint(c, value.charAt(index)));
          } else {
            page.codePoint(c);
          }
        }
      }
    }
  }

  /** Whether a character needs no replacement and no escape, which holds for nearly all. */
  private static boolean isPlain(char c) {
    return c >= ' ' && c < DELETE && c != '"' && c != '\\';
  }

  private static char shown(String value, int index) {
    char c = value.charAt(index);
    if (c < ' ') {
      return c == '\n' ? c : (char) (CONTROL_PICTURES + c);
    }
    if (c < DELETE) {
      return c;
    }
    if (c == DELETE) {
      return DELETE_PICTURE;
    }
    boolean unreadable =
        c <= LAST_C1_CONTROL
            || c == LINE_SEPARATOR
            || c == PARAGRAPH_SEPARATOR
            || (Character.isSurrogate(c) && !isPaired(value, index));
    return unreadable ? REPLACEMENT : c;
  }

  private static boolean isPaired(String value, int index) {
    if (Character.isHighSurrogate(value.charAt(index))) {
      return index + 1 < value.length() && Character.isLowSurrogate(value.charAt(index + 1));
    }
    return index > 0 && Character.isHighSurrogate(value.charAt(index - 1));
  }
}
