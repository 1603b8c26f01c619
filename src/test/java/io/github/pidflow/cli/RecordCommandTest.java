package io.github.pidflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes on the command line are reported before anything is captured. */
@Timeout(30)
class RecordCommandTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-w x | name a pid, a comm or a filter to select what is recorded",
        "--comm x | Missing required option: '--write=FILE'",
        "--pid x -w x | Invalid value for option '--pid' (N): 'x' is not an int",
        "--pid 0 -w x | a pid is 1 or more, not 0",
        "--comm 0123456789abcdef -w x | a comm has 1 to 15 characters, not \"0123456789abcdef\"",
        "--comm x -w x --duration 5 | --duration must be like 30s or 1h, not 5",
        "--comm x -w x --duration -5s | --duration must be like 30s or 1h, not -5s",
        "--comm x -w x --max-size lots | --max-size must be like 100MiB, not lots",
        "--comm x -w x --max-size 5KiB | a file must have room for 1MiB or more",
        "--comm x -w x --files 0 | the number of files is 1 to 1000",
        "--comm x -w - --files 2 | --files requires a file, not -",
        "--comm x -w x --snap-length 9 | the snap length is 64 to 262144, not 9"
      })
  void shouldSayWhatIsWrong(String arguments, String message) {
    List<String> command = new ArrayList<>(List.of("record"));
    command.addAll(List.of(arguments.split(" ")));

    Terminal terminal = Terminal.run(command.toArray(String[]::new));

    assertEquals(2, terminal.exitCode(), terminal.err());
    assertTrue(terminal.err().startsWith(message), terminal.err());
    assertEquals("", terminal.out());
  }
}
