package io.github.pidflow.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ParkingOrderTest {
  @Test
  void shouldGiveWayAsQueuesWould() {
    int capacity = 50;
    Random random = new Random(20_261_127);
    ParkingOrder order = new ParkingOrder(capacity);
    List<Deque<Integer>> queues =
        Arrays.asList(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
    Map<Integer, Integer> ranks = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      int id = random.nextInt(capacity);
      Integer rank = ranks.remove(id);
      if (rank == null) {
        int added = random.nextInt(3);
        order.add(id, added);
        queues.get(added).add(id);
        ranks.put(id, added);
      } else {
        order.remove(id);
        queues.get(rank).remove(id);
      }
      for (int each = 0; each < 3; each++) {
        int expected =
            queues.subList(0, each + 1).stream()
                .filter(queue -> !queue.isEmpty())
                .map(Deque::peekFirst)
                .findFirst()
                .orElse(ParkingOrder.NONE);
        assertEquals(expected, order.givesWay(each));
      }
    }
  }
}
