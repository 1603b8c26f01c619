package io.github.pidflow.dashboards;

import static java.net.StandardProtocolFamily.INET;

import io.github.pidflow.lab.Connection;
import io.github.pidflow.lab.Daemon;
import io.github.pidflow.lab.Link;
import io.github.pidflow.lab.NetLab;
import io.github.pidflow.lab.Node;
import io.github.pidflow.lab.Peer;
import io.github.pidflow.lab.PeerSocket;
import io.github.pidflow.lab.Prometheus;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoublePredicate;
import org.opentest4j.AssertionFailedError;

/**
 * Three hosts with a daemon each, a Prometheus that scrapes them, and processes that talk: some all
 * the time, some for a moment, one that ends half-way and one that starts late.
 */
final class Fleet implements AutoCloseable {
  private static final long TICK_MILLIS = 250;
  private static final long POLL_NANOS = 250_000_000;
  private static final int CLOSED_PORT = 19_999;

  private final NetLab lab = NetLab.create();
  private final Node outside = lab.node();
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final Map<String, Node> hosts = new LinkedHashMap<>();
  private final List<Daemon> daemons = new ArrayList<>();
  private final Prometheus prometheus;
  private final Peer client = outside.peer("client");
  private final PeerSocket sink = client.udp(INET);
  private final Connection page1;
  private final Connection page2;
  private final Connection rows;
  private final Connection backup;
  private final Peer deploy;
  private final Connection release;
  private final long ticks;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ScheduledFuture<?> talk;
  private Connection late;
  private long tick;

  /** Starts everything; short-lived processes start and end within {@code time}. */
  Fleet(Duration time) {
    ticks = time.toMillis() / TICK_MILLIS;
    Map<String, String> targets = new LinkedHashMap<>();
    for (String name : List.of("web-1", "web-2", "db-1")) {
      Node host = lab.node();
      Link link = lab.link(outside, host);
      hosts.put(name, host);
      links.put(name, link);
      daemons.add(
          Daemon.start(
              host,
              "ring",
              "pidflow.web.listen-address = \"0.0.0.0:10067\"",
              "pidflow.accounting.retention = 3s",
              "pidflow.accounting.parked.max-age = 2s"));
      targets.put(name, link.b4().getHostAddress() + ":10067");
    }
    prometheus = Prometheus.start(outside, targets);

    Node db = hosts.get("db-1");
    Link inside = lab.link(hosts.get("web-1"), db);
    InetAddress out = links.get("web-1").a4();
    page1 = Connection.open(client, hosts.get("web-1").peer("nginx"), INET, address("web-1"));
    page2 = Connection.open(client, hosts.get("web-2").peer("nginx"), INET, address("web-2"));
    rows =
        Connection.open(hosts.get("web-1").peer("php-fpm"), db.peer("postgres"), INET, inside.b4());
    backup = Connection.open(db.peer("restic"), client, INET, links.get("db-1").a4());
    deploy = hosts.get("web-1").peer("rsync");
    release = Connection.open(deploy, client, INET, out);
    talk = clock.scheduleAtFixedRate(this::talk, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  Prometheus prometheus() {
    return prometheus;
  }

  /** Waits until a query's single value meets the condition, while traffic continues. */
  void await(String query, Duration limit, DoublePredicate condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    double number = prometheus.number(query);
    while (!condition.test(number)) {
      assertTalking();
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionFailedError("after " + limit + " still " + query + " = " + number);
      }
      LockSupport.parkNanos(POLL_NANOS);
      number = prometheus.number(query);
    }
  }

  private void assertTalking() {
    if (talk.isDone()) {
      try {
        talk.get();
      } catch (ExecutionException e) {
        throw new AssertionFailedError("the traffic broke off", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    prometheus.close();
    daemons.forEach(Daemon::close);
    lab.close();
  }

  private InetAddress address(String host) {
    return links.get(host).b4();
  }

  private void talk() {
    double wave = Math.sin(tick * 12.0 / ticks);
    Peer.finish(page1.upload(2_000));
    Peer.finish(page1.download((long) (400_000 * (1.3 + wave))));
    Peer.finish(page2.download((long) (250_000 * (1.4 - wave * wave))));
    Peer.finish(rows.upload(15_000));
    Peer.finish(rows.download((long) (120_000 * (1.2 + wave))));
    if (tick * 5 / ticks % 2 == 1) {
      Peer.finish(backup.upload(700_000));
    }
    if (tick % 4 == 0) {
      runAndEnd("web-" + (1 + tick / 4 % 2), "printf 12345 > /dev/udp/%s/" + sink.port());
      Peer.finish(sink.sendDatagrams(2, 900, address("db-1"), CLOSED_PORT));
    }
    if (tick < ticks / 2) {
      Peer.finish(release.upload(150_000));
    } else if (tick == ticks / 2) {
      deploy.kill();
    }
    if (tick == ticks * 2 / 3) {
      Peer newcomer = hosts.get("web-2").peer("xmrig");
      late = Connection.open(newcomer, client, INET, links.get("web-2").a4());
    }
    if (late != null) {
      Peer.finish(late.upload(90_000));
    }
    tick++;
  }

  private void runAndEnd(String host, String script) {
    String command = script.formatted(links.get(host).a4().getHostAddress());
    hosts.get(host).run("bash", "-c", command);
  }
}
