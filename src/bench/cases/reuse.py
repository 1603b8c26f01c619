"""Case 7: the same five-tuple, or the same pid, with another owner within a second."""
import os
import socket
import time

from lab import TCP, UDP, Skip
from registry import case
from sockets import FAMILY, REQUEST, abort, datagrams, in_child, paced, serve
from udp import swallow

LAST_PID = "/proc/sys/kernel/ns_last_pid"


@case("reuse-udp-tuple")
def udp_tuple(lab, family):
    """Ten processes a second send from the same port to the same peer, one after the other."""

    def one(me):
        with datagrams(family, 6000) as made:
            made.connect((lab.FAR[family], 5300))
            me.claim(UDP, 6000, 5300)
            for _ in range(5):
                made.send(b"u" * 400)

    def start(me):
        for _ in paced(10, 4):
            in_child(lambda: one(me))

    lab.far.spawn(swallow, family, 5300)
    lab.near.call(start)


@case("reuse-udp-tuple-living")
def udp_tuple_living(lab, family):
    """Two long-lived processes alternate on one port and peer, ten times a second."""

    def start(me):
        hand, other = socket.socketpair()
        child = os.fork()
        mine = hand if child else other
        for turn in paced(10, 4):
            if (turn % 2 == 0) != bool(child):
                mine.recv(1)
                continue
            with datagrams(family, 6000) as made:
                made.connect((lab.FAR[family], 5300))
                me.claim(UDP, 6000, 5300)
                for _ in range(5):
                    made.send(b"u" * 400)
            time.sleep(0.02)  # claims are distinguished by time
            mine.send(b"x")
        if child:
            os.waitpid(child, 0)
        else:
            os._exit(0)

    lab.far.spawn(swallow, family, 5300)
    lab.near.call(start)


@case("reuse-tcp-tuple")
def tcp_tuple(lab, family):
    """Ten processes a second connect from one port to the same peer, each ending with a reset."""

    def one(me):
        with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.settimeout(5)
            made.bind(("", 6001))
            me.claim(TCP, 6001, 8006)
            made.connect((lab.FAR[family], 8006))
            made.sendall(REQUEST)
            made.recv(100)
            abort(made)

    def start(me):
        for _ in paced(10, 4):
            in_child(lambda: one(me))

    lab.far.spawn(serve, family, 8006)
    lab.near.call(start)


@case("reuse-pid")
def reuse_pid(lab, family):
    """A process exits and within a second another has its pid; their names tell them apart."""
    if not os.access(LAST_PID, os.W_OK):
        raise Skip(f"{LAST_PID} cannot be written")

    def one(me, name, port):
        with open("/proc/self/comm", "w") as comm:
            comm.write(name)
        with datagrams(family, port) as made:
            made.connect((lab.FAR[family], 5300))
            me.claim(UDP, port, comm=name)
            for _ in range(20):
                made.send(b"p" * 400)
                time.sleep(0.005)

    def start(me):
        for turn in range(4):
            first = in_child(lambda: one(me, f"first{turn}", 6100 + 2 * turn))
            for _ in range(50):
                # Another process may take the pid in between: retry.
                with open(LAST_PID, "w") as last:
                    last.write(str(first - 1))
                if in_child(lambda: one(me, f"second{turn}", 6101 + 2 * turn)) == first:
                    break

    lab.far.spawn(swallow, family, 5300)
    lab.near.call(start)
