package io.github.pidflow.recording;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pidflow.flow.ProcessInfo;
import io.github.pidflow.flow.UnattributedReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of a comment, even if the process's name tries to forge it. */
class CommentTest {
  @Test
  void shouldNameTheProcess() {
    assertEquals("pid=812 comm=nginx", text(Comment.of(ProcessInfo.named(812, "nginx"))));
    assertEquals(
        "pid=7 comm=kworker/0:1-ev", text(Comment.of(ProcessInfo.named(7, "kworker/0:1-ev"))));
    assertEquals("pid=7 comm=(sd-pam)", text(Comment.of(ProcessInfo.named(7, "(sd-pam)"))));
  }

  @Test
  void shouldNameBothEnds() {
    assertEquals(
        "from pid=1 comm=a to pid=2 comm=\"b c\"",
        text(Comment.between(ProcessInfo.named(1, "a"), ProcessInfo.named(2, "b c"))));
  }

  @Test
  void shouldStateWhyThereIsNoProcess() {
    assertEquals("unattributed=no_socket", text(Comment.of(UnattributedReason.NO_SOCKET)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a\nb",
        "a\u0000b",
        "\u001b[31mred",
        "x to pid=1",
        "\"",
        "\\",
        "\ud800",
        "\u2028",
        "é",
        "\u007f",
        "a=b",
        "\ufffd\ufffd",
        "\r\npid=1"
      })
  void shouldQuoteAHostileNameInAscii(String comm) {
    String comment = text(Comment.of(ProcessInfo.named(5, comm)));

    assertTrue(
        comment.matches("pid=5 comm=\"(?:[ !#-\\[\\]-~]|\\\\[\"\\\\]|\\\\u[0-9a-f]{4})*\""),
        comment);
    assertEquals(comm, unquoted(comment.substring("pid=5 comm=".length())));
  }

  private static String unquoted(String quoted) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < quoted.length() - 1; i++) {
      char c = quoted.charAt(i);
      if (c != '\\') {
        text.append(c);
      } else if (quoted.charAt(++i) == 'u') {
        text.append((char) Integer.parseInt(quoted.substring(i + 1, i + 5), 16));
        i += 4;
      } else {
        text.append(quoted.charAt(i));
      }
    }
    return text.toString();
  }

  private static String text(byte[] comment) {
    return new String(comment, UTF_8);
  }
}
