package io.github.pidflow.exposition;

/**
 * Makes a name from the outside fit to be a label value.
 *
 * <p>A process picks its own {@code comm}, so it can hold whatever its author likes. Simpleclient
 * escapes the backslash, the quote and the newline. The rest would be legal on the page, but an
 * escape sequence should not reach the terminal of a person who reads it, and not every reader of
 * the formats agrees with their grammar on carriage returns, NUL and Unicode's own line ends. So
 * the ASCII controls are shown as their pictures (U+2400 to U+2421), and the other controls, line
 * ends and halves of surrogate pairs as U+FFFD.
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

  /** The value itself, not a copy, where there is nothing to replace. */
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

  /** The same straight onto a page, with the quote, the backslash and the newline escaped. */
  static void write(String value, PageText text) {
    int index = 0;
    while (index < value.length() && isPlain(value.charAt(index))) {
      index++;
    }
    if (index == value.length() && index <= PageText.MAX_PIECE) {
      text.ascii(value);
      return;
    }
    for (index = 0; index < value.length(); index++) {
      char c = shown(value, index);
      switch (c) {
        case '"' -> text.ascii("\\\"");
        case '\\' -> text.ascii("\\\\");
        case '\n' -> text.ascii("\\n");
        default -> text.put(c);
      }
    }
  }

  /** Nearly all there is. */
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
