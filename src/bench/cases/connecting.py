"""Case 1: connections too short-lived for a scan to see."""
import os
import socket
import time

from lab import TCP
from registry import case
from sockets import ANSWER, FAMILY, REQUEST, ask, datagrams, in_child, listener, paced, serve, take

SECONDS = 3


@case("connect-one-process")
def one_process(lab, family):
    """One process opens 300 connections a second, each closed within a millisecond."""
    lab.far.spawn(serve, family, 8000)

    def connect(me):
        for _ in paced(300, SECONDS):
            ask(me, family, lab.FAR[family], 8000)

    lab.near.call(connect)


@case("connect-process-each")
def process_each(lab, family):
    """50 programs a second (fork and exec) that make one connection each and exit."""
    # The program sends its pid and a time before it connected, since the
    # port may have had another owner a moment ago. The far side makes the claim.

    def collect(me):
        with listener(family, 8000) as made:
            me.ready()
            while True:
                connection, peer = made.accept()
                with connection:
                    connection.settimeout(5)
                    pid, since = connection.recv(100).split()
                    me.claim(TCP, peer[1], 8000, since=float(since), pid=int(pid))
                    connection.sendall(ANSWER)

    def start(me):
        script = (f"t=$EPOCHREALTIME; exec 3<>/dev/tcp/{lab.FAR[family]}/8000;"
                  " printf '%-40s' \"$$ $t\" >&3; read -N 600 <&3")
        children = []
        for _ in paced(50, SECONDS):
            children.append(os.spawnvp(os.P_NOWAIT, "bash", ["bash", "-c", script]))
        for child in children:
            os.waitpid(child, 0)

    lab.far.spawn(collect)
    lab.near.call(start)


@case("connect-fork-each")
def fork_each(lab, family):
    """400 forks a second without exec, one connection each, and they exit."""
    lab.far.spawn(serve, family, 8000)

    def start(me):
        for _ in paced(400, SECONDS):
            in_child(lambda: ask(me, family, lab.FAR[family], 8000))

    lab.near.call(start)


@case("connect-close-unread")
def close_unread(lab, family):
    """200 connections a second, closed by the client with the answer unread: a reset."""
    lab.far.spawn(serve, family, 8000)

    def connect(me):
        for _ in paced(200, SECONDS):
            with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
                made.settimeout(5)
                made.connect((lab.FAR[family], 8000))
                me.claim(TCP, made.getsockname()[1], 8000)
                made.sendall(REQUEST)
                take(made, 1)

    lab.near.call(connect)


@case("connect-during-port-scan")
def during_port_scan(lab, family):
    """Ten short connections a second while a stranger scans 4,000 ports a second."""

    def scan(me):
        with datagrams(family) as made:
            me.ready()
            for number in paced(4000, 12):
                made.sendto(b"", (lab.NEAR[family], 20000 + number % 40000))

    def connect(me):
        for _ in paced(10, 6):
            ask(me, family, lab.FAR[family], 8080)

    lab.far.spawn(serve, family, 8080)
    lab.far.spawn(scan)
    time.sleep(5)
    lab.near.call(connect)
