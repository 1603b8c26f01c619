package io.github.pidflow.cli;

import io.github.pidflow.cli.TopClient.Query;
import io.github.pidflow.cli.TopClient.Top;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.utils.InfoCmp.Capability;

/** The live table, on the alternate screen of a terminal, until q is pressed. */
final class TopScreen implements AutoCloseable {
  private static final int MAX_LIMIT = 1000;
  private static final long KEY_POLL_MILLIS = 100;
  private static final int END_OF_INPUT = -1;

  private final Terminal terminal;
  private final TopClient client;
  private final String window;
  private final String match;
  private final Duration interval;
  private final Attributes originalAttributes;
  private String sort;
  private volatile boolean isOver;
  private volatile boolean isStale = true;

  TopScreen(Terminal terminal, TopClient client, Query first, Duration interval) {
    this.terminal = terminal;
    this.client = client;
    this.interval = interval;
    sort = first.sort();
    window = first.window();
    match = first.match();
    originalAttributes = terminal.enterRawMode();
    terminal.handle(Signal.INT, signal -> isOver = true);
    terminal.handle(Signal.WINCH, signal -> isStale = true);
    terminal.puts(Capability.enter_ca_mode);
    terminal.puts(Capability.cursor_invisible);
  }

  void run() throws IOException {
    while (!isOver) {
      isStale = false;
      draw();
      awaitKey(System.nanoTime() + interval.toNanos());
    }
  }

  private void draw() {
    Size size = terminal.getSize();
    int columns = Math.max(size.getColumns(), 1);
    int rows = Math.max(size.getRows() - TopTable.HEAD_LINES - 1, 1);
    List<String> lines;
    try {
      Top top = client.fetch(new Query(sort, window, match, Math.min(rows, MAX_LIMIT))).top();
      lines = TopTable.lines(top, sort, columns);
    } catch (IOException e) {
      lines = List.of(TopClient.printable("" + e.getMessage()));
    }
    terminal.puts(Capability.clear_screen);
    for (String line : lines) {
      terminal.writer().print(line + "\r\n");
    }
    terminal.writer().print("r: sort by rx  t: by tx  s: by sum  q: quit");
    terminal.flush();
  }

  /** Waits until the next update is due: at the deadline, after a key, or after a resize. */
  private void awaitKey(long untilNanos) throws IOException {
    while (!isOver && !isStale && System.nanoTime() - untilNanos < 0) {
      switch (terminal.reader().read(KEY_POLL_MILLIS)) {
        case 'r' -> sortBy("rx");
        case 't' -> sortBy("tx");
        case 's' -> sortBy("total");
        case 'q', END_OF_INPUT -> isOver = true;
        default -> {
          // A timeout, or a key without a meaning.
        }
      }
    }
  }

  private void sortBy(String wanted) {
    sort = wanted;
    isStale = true;
  }

  /** Restores the terminal. */
  @Override
  public void close() {
    terminal.puts(Capability.cursor_visible);
    terminal.puts(Capability.exit_ca_mode);
    terminal.flush();
    terminal.setAttributes(originalAttributes);
  }
}
