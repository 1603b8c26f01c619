package io.github.pidflow.exposition;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.pidflow.accounting.TrafficSnapshot;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The heap a large page allocates, from request to last byte; src/bench/scrape measures the rest.
 */
@Timeout(60)
class ScrapeCostTest {
  private static final int SCRAPES = 20;
  private static final long MAX_BYTES = 1_000_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void shouldAllocateLessThanAMegabyteForTwentyThousandSeries() throws Exception {
    TrafficSnapshot snapshot = Snapshots.large(2_500);
    try (LocalEndpoint endpoint =
            new LocalEndpoint(new TrafficFamilies(() -> snapshot, List::of, () -> 1));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
      long series = endpoint.get("/metrics").body().lines().filter(l -> !l.startsWith("#")).count();
      assertTrue(series > 20_000, series + " series");
      long length = scrape(socket);
      long[] server = serverThreads();
      long before = allocated(server);
      for (int i = 0; i < SCRAPES; i++) {
        assertEquals(length, scrape(socket));
      }
      long each = (allocated(server) - before) / SCRAPES;

      assertTrue(each > 0, "the server's threads were not seen");
      assertTrue(each < MAX_BYTES, each + " bytes a scrape of " + length);
    }
  }

  private static long scrape(Socket socket) throws IOException {
    socket.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.read());
    }
    String length = head.toString().replaceFirst("(?is).*content-length: (\\d+)\r.*", "$1");
    in.skipNBytes(Long.parseLong(length));
    return Long.parseLong(length);
  }

  /** The current threads; the pools keep them from one scrape to the next. */
  private static long[] serverThreads() {
    return Stream.of(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
        .filter(
            info ->
                info != null && info.getThreadName().toLowerCase(Locale.ROOT).startsWith("http"))
        .mapToLong(ThreadInfo::getThreadId)
        .toArray();
  }

  private static long allocated(long[] threads) {
    return LongStream.of(THREADS.getThreadAllocatedBytes(threads)).sum();
  }
}
