package io.github.pidflow.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TracepointTest {
  private static final String FORMAT =
      """
      name: sock_send_length
      ID: 2284
      format:
      \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
      \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

      \tfield:void * sk;\toffset:8;\tsize:8;\tsigned:0;
      \tfield:__u16 family;\toffset:16;\tsize:2;\tsigned:0;
      \tfield:char comm[16];\toffset:24;\tsize:16;\tsigned:0;

      print fmt: "sk address = %p", REC->sk
      """;

  @Test
  void shouldReadIdAndOffsets() throws IOException {
    Tracepoint tracepoint = Tracepoint.parse("sock/sock_send_length", FORMAT);

    assertEquals(2284, tracepoint.id());
    assertEquals(8, tracepoint.offset("sk"));
    assertEquals(16, tracepoint.offset("family"));
    assertEquals(24, tracepoint.offset("comm"));
    assertEquals(40, tracepoint.bytes());
  }

  @Test
  void shouldNameAFieldThatIsMissing() throws IOException {
    Tracepoint tracepoint = Tracepoint.parse("sock/sock_send_length", FORMAT);

    IOException missing = assertThrows(IOException.class, () -> tracepoint.offset("ret"));

    assertEquals("tracepoint sock/sock_send_length has no field ret", missing.getMessage());
  }

  @Test
  void shouldRefuseADescriptionWithoutId() {
    assertThrows(IOException.class, () -> Tracepoint.parse("sock/sock_send_length", "ID: x"));
  }
}
