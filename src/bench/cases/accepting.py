"""Case 2: accepted connections, connections passed to another process, and failed attempts."""
import os
import socket
import time

from lab import TCP
from registry import case
from sockets import FAMILY, abort, answer, ask, listener, paced, take

SECONDS = 3
BULK = 300_000


def ask_many(me, family, address, port, rate):
    for _ in paced(rate, SECONDS):
        try:
            ask(None, family, address, port)
        except ConnectionResetError:
            pass


def accept_for_ever(me, made, port, finish=answer):
    while True:
        connection, peer = made.accept()
        me.claim(TCP, port, peer[1])
        finish(connection)


@case("accept-one-process")
def one_process(lab, family):
    """A server accepts 300 connections a second and closes each at once."""

    def server(me):
        with listener(family, 8001) as made:
            me.ready()
            accept_for_ever(me, made, 8001)

    lab.near.spawn(server)
    lab.far.call(ask_many, family, lab.NEAR[family], 8001, 300)


@case("accept-prefork")
def prefork(lab, family):
    """Four workers accept on one inherited listener, 200 connections a second."""

    def server(me):
        made = listener(family, 8001)
        for _ in range(3):
            if os.fork() == 0:
                break
        me.ready()
        accept_for_ever(me, made, 8001)

    lab.near.spawn(server)
    lab.far.call(ask_many, family, lab.NEAR[family], 8001, 200)


@case("accept-reuseport")
def reuse_port(lab, family):
    """Four processes in one SO_REUSEPORT group, 200 connections a second."""

    def server(me):
        with listener(family, 8001, reuse_port=True) as made:
            me.ready()
            accept_for_ever(me, made, 8001)

    for _ in range(4):
        lab.near.spawn(server)
    lab.far.call(ask_many, family, lab.NEAR[family], 8001, 200)


def push(me, family, address, port, count):
    """Opens connections one after the other and transfers a lot of data on each."""
    for _ in range(count):
        with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
            made.settimeout(20)
            made.connect((address, port))
            made.sendall(b"g")
            take(made, 1)
            made.sendall(bytes(BULK))
            made.shutdown(socket.SHUT_WR)
            made.recv(1)


def pull(connection):
    """The peer of push(), after the go-ahead."""
    connection.settimeout(20)
    connection.sendall(b"g")
    take(connection, BULK)
    connection.recv(1)
    connection.close()


@case("accept-fork")
def fork_child(lab, family):
    """A server forks a child per connection; the parent closes it, the child transfers the data."""

    def server(me):
        made = listener(family, 8001)
        me.ready()
        while True:
            connection, peer = made.accept()
            child = os.fork()
            if child == 0:
                me.claim(TCP, 8001, peer[1])
                made.close()
                time.sleep(0.05)  # so that the parent has closed it before the data flows
                pull(connection)
                os._exit(0)
            connection.close()
            os.waitpid(child, 0)

    lab.near.spawn(server)
    lab.far.call(push, family, lab.NEAR[family], 8001, 10)


@case("accept-passed-on")
def passed_on(lab, family):
    """A server passes each connection to another process over a Unix socket (SCM_RIGHTS)."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

    def worker(me):
        ours.close()
        me.ready()
        while True:
            data, descriptors, _, _ = socket.recv_fds(theirs, 5, 1)
            connection = socket.socket(fileno=descriptors[0])
            me.claim(TCP, 8001, int(data))
            time.sleep(0.05)
            pull(connection)

    def server(me):
        theirs.close()
        made = listener(family, 8001)
        me.ready()
        while True:
            connection, peer = made.accept()
            socket.send_fds(ours, [b"%05d" % peer[1]], [connection.fileno()])
            connection.close()

    lab.near.spawn(worker)
    lab.near.spawn(server)
    theirs.close()
    ours.close()
    lab.far.call(push, family, lab.NEAR[family], 8001, 10)


@case("accept-reset")
def reset(lab, family):
    """A server resets 200 connections a second."""

    def finish(connection):
        take(connection, 200)
        abort(connection)

    def server(me):
        with listener(family, 8001) as made:
            me.ready()
            accept_for_ever(me, made, 8001, finish)

    lab.near.spawn(server)
    lab.far.call(ask_many, family, lab.NEAR[family], 8001, 200)


@case("connect-refused")
def refused(lab, family):
    """100 connection attempts a second to a closed port: SYN and RST."""

    def connect(me):
        for number in paced(100, SECONDS):
            with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
                port = 20000 + number
                made.bind(("", port))
                me.claim(TCP, port)
                made.connect_ex((lab.FAR[family], 9))

    lab.near.call(connect)


@case("connect-unanswered")
def unanswered(lab, family):
    """100 SYNs a second without an answer, abandoned after 50 ms."""
    nobody = {4: "10.78.0.99", 6: "fd78::99"}[family]
    lab.near.ip(f"neigh add {nobody} lladdr 02:00:00:00:00:99 dev near0")

    def connect(me):
        held = []
        for number in paced(100, SECONDS):
            made = socket.socket(FAMILY[family], socket.SOCK_STREAM)
            made.setblocking(False)
            made.bind(("", 20000 + number))
            me.claim(TCP, 20000 + number)
            made.connect_ex((nobody, 80))
            held.append(made)
            if len(held) > 5:
                held.pop(0).close()

    lab.near.call(connect)
