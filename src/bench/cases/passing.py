"""Case 13: sockets that their creator sends to a process that did not ask for them."""
import array
import socket
import time

from lab import TCP
from registry import case
from sockets import FAMILY, drain

BYTES = 2 << 20
SO_SNDBUFFORCE = 32


def unread(ours):
    """A process that gets sockets, never reads them, and closes them after a while."""

    def victim(me):
        me.ready()
        time.sleep(2)
        ours.close()
        time.sleep(20)

    return victim


def sent_from(lab, family, me, pass_on):
    """A connection whose bytes are queued by its creator, which then passes it on and closes it."""
    for _ in range(5):
        made = socket.socket(FAMILY[family], socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 2 * BYTES)
        made.connect((lab.FAR[family], 8014))
        me.claim(TCP, made.getsockname()[1], 8014)
        made.sendall(bytes(BYTES))
        pass_on(made)
        made.close()
        time.sleep(0.2)


@case("passing-unread")
def left_unread(lab, family):
    """Each connection is sent to another process, which closes it unread."""
    lab.far.spawn(drain, family, 8014)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    lab.near.spawn(unread(ours))
    ours.close()

    def creator(me):
        sent_from(lab, family, me, lambda made: socket.send_fds(theirs, [b"x"], [made.fileno()]))
        time.sleep(3)

    lab.near.call(creator)
    theirs.close()


@case("passing-collected")
def collected(lab, family):
    """Each connection is left in a pair of sockets that hold each other, for the kernel to collect."""

    def pass_on(made):
        here, there = socket.socketpair()
        rights = array.array("i", [made.fileno(), here.fileno(), there.fileno()])
        here.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        here.close()
        there.close()

    def creator(me):
        sent_from(lab, family, me, pass_on)
        # Closing any Unix socket starts the collector.
        for _ in range(50):
            for each in socket.socketpair():
                each.close()
            time.sleep(0.02)

    lab.far.spawn(drain, family, 8014)
    lab.near.call(creator)
