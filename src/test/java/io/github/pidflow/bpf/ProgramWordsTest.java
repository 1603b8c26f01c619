package io.github.pidflow.bpf;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Compares every program, word for word, with instructions that the kernel's verifier has accepted.
 */
@Timeout(20)
class ProgramWordsTest {
  private static final String WORDS = "/ebpf/programs.txt";
  private static final int MAP_FD = 7;

  private static final Map<String, IntFunction<long[]>> PROGRAMS =
      Map.of(
          "creations", mapFd -> NoteProgram.instructions(mapFd, PidNumbering.INITIAL),
          "raw", mapFd -> NoteProgram.rawInstructions(mapFd, PidNumbering.INITIAL),
          "connects", mapFd -> NoteProgram.connectInstructions(mapFd, PidNumbering.INITIAL),
          "connections", ConnectionProgram::instructions);

  @Test
  void shouldAssembleTheKnownWords() throws IOException {
    try (InputStream in = ProgramWordsTest.class.getResourceAsStream(WORDS)) {
      assertNotNull(in);
      List<String> known =
          new String(in.readAllBytes(), US_ASCII)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .collect(Collectors.toList());
      int names = 0;
      for (int i = 0; i < known.size(); ) {
        String name = known.get(i++);
        int start = i;
        while (i < known.size() && known.get(i).length() == 2 * Long.BYTES) {
          i++;
        }
        assertEquals(known.subList(start, i), words(PROGRAMS.get(name)), name);
        names++;
      }
      assertEquals(PROGRAMS.size(), names);
    }
  }

  private static List<String> words(IntFunction<long[]> program) {
    return Arrays.stream(program.apply(MAP_FD))
        .mapToObj(word -> String.format("%016x", word))
        .collect(Collectors.toList());
  }
}
