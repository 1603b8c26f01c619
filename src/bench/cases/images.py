"""Case 10: a process that execs another program or takes another name between two sends."""
import os
import sys
import time

from lab import UDP
from registry import case
from sockets import datagrams, paced
from udp import swallow

# The program after the exec: as many sends again, on the inherited descriptor of the same socket.
AFTER = """
import socket, sys, time
made = socket.socket(fileno=int(sys.argv[1]))
for _ in range(100):
    made.send(b"e" * 500)
    time.sleep(0.01)
"""


@case("exec-between-sends")
def exec_between(lab, family):
    """A process sends, execs another program, and sends on the same socket: one pid."""

    def talk(me):
        made = datagrams(family)
        made.connect((lab.FAR[family], 5300))
        me.claim(UDP, made.getsockname()[1], 5300)
        for _ in paced(100, 1):
            made.send(b"e" * 500)
        os.set_inheritable(made.fileno(), True)
        os.execv(sys.executable, [sys.executable, "-S", "-c", AFTER, str(made.fileno())])

    lab.far.spawn(swallow, family, 5300)
    lab.near.call(talk)


@case("rename-between-sends")
def rename_between(lab, family):
    """A process changes its comm between sends: one pid."""

    def talk(me):
        made = datagrams(family)
        made.connect((lab.FAR[family], 5300))
        me.claim(UDP, made.getsockname()[1], 5300)
        for number in paced(100, 2):
            if number % 50 == 0:
                with open("/proc/self/comm", "w") as comm:
                    comm.write(f"renamed{number}")
            made.send(b"e" * 500)

    lab.far.spawn(swallow, family, 5300)
    lab.near.call(talk)


@case("exec-at-once")
def exec_at_once(lab, family):
    """30 processes a second that send once and at once exec another program, which exits."""

    def talk(me):
        for _ in paced(30, 2):
            child = os.fork()
            if child == 0:
                made = datagrams(family)
                made.connect((lab.FAR[family], 5300))
                me.claim(UDP, made.getsockname()[1], 5300, time.time())
                made.send(b"e" * 500)
                os.execv("/bin/true", ["true"])
            os.waitpid(child, 0)

    lab.far.spawn(swallow, family, 5300)
    lab.near.call(talk)
