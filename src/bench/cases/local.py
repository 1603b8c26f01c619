"""Case 5: traffic that never leaves the host, and sockets of one family that use another."""
import socket
import time

from lab import TCP, UDP, Skip
from registry import case
from sockets import FAMILY, REQUEST, answer, ask, echo_datagrams, listener, paced, take
from udp import converse

SECONDS = 3
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
IPPROTO_MPTCP = 262


def claiming_server(me, family, port):
    """Answers short connections and claims each of them."""
    with listener(family, port) as made:
        me.ready()
        while True:
            connection, peer = made.accept()
            me.claim(TCP, port, peer[1])
            answer(connection)


def connect_many(me, family, address, port, rate=200):
    for _ in paced(rate, SECONDS):
        ask(me, family, address, port)


@case("local-short")
def local_short(lab, family):
    """200 connections a second over loopback, two processes."""
    lab.near.spawn(claiming_server, family, 8004)
    lab.near.call(connect_many, family, LOOPBACK[family], 8004)


@case("local-own-address")
def own_address(lab, family):
    """The same to one of the host's own addresses."""
    lab.near.spawn(claiming_server, family, 8004)
    lab.near.call(connect_many, family, lab.NEAR[family], 8004)


@case("local-one-process")
def one_process(lab, family):
    """A process that talks to itself over loopback, TCP and UDP."""

    def talk(me):
        me.claim(TCP, 8004)
        me.claim(UDP, 6004)
        me.claim(UDP, 6005)
        with listener(family, 8004) as made, \
                socket.socket(FAMILY[family], socket.SOCK_DGRAM) as one, \
                socket.socket(FAMILY[family], socket.SOCK_DGRAM) as other:
            one.bind(("", 6004))
            other.bind(("", 6005))
            for _ in paced(50, SECONDS):
                client = socket.socket(FAMILY[family], socket.SOCK_STREAM)
                client.connect((LOOPBACK[family], 8004))
                me.claim(TCP, client.getsockname()[1], 8004)
                server = made.accept()[0]
                client.sendall(REQUEST)
                take(server, len(REQUEST))
                client.close()
                server.close()
                one.sendto(b"d" * 100, (LOOPBACK[family], 6005))
                other.recv(2000)

    lab.near.call(talk)


@case("local-udp")
def local_udp(lab, family):
    """Queries and answers over loopback between two processes, 300 a second."""
    lab.near.spawn(echo_datagrams, family, 5300, "", True)
    lab.near.call(converse, family, LOOPBACK[family], 5300, 300, 200)


@case("mapped-client", families=(4,))
def mapped_client(lab, family):
    """An IPv6 socket connects to a mapped IPv4 address, 200 a second."""
    lab.far.spawn(claiming_server, 4, 8004)
    lab.near.call(connect_many, 6, f"::ffff:{lab.FAR[4]}", 8004)


@case("mapped-server", families=(4,))
def mapped_server(lab, family):
    """A dual-stack listener serves IPv4 clients, 200 a second."""

    def server(me):
        with socket.create_server(("::", 8004), family=socket.AF_INET6, backlog=1024,
                                  dualstack_ipv6=True) as made:
            me.ready()
            while True:
                connection, peer = made.accept()
                me.claim(TCP, 8004, peer[1])
                answer(connection)

    def connect(me):
        for _ in paced(200, SECONDS):
            ask(None, 4, lab.NEAR[4], 8004)

    lab.near.spawn(server)
    lab.far.call(connect)


@case("mapped-udp", families=(4,))
def mapped_udp(lab, family):
    """A dual-stack UDP server answers IPv4 clients, 300 datagrams a second."""

    def server(me):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made:
            made.bind(("::", 5300))
            me.claim(UDP, 5300)
            me.ready()
            while True:
                data, peer = made.recvfrom(2000)
                made.sendto(data, peer)

    lab.near.spawn(server)
    lab.far.call(converse, 4, lab.NEAR[4], 5300, 300, 200, False)


def multipath(family):
    return socket.socket(FAMILY[family], socket.SOCK_STREAM, IPPROTO_MPTCP)


def multipath_server(me, family):
    """Answers short connections and claims each of them."""
    with multipath(family) as made:
        made.bind(("", 8005))
        made.listen(1024)
        me.ready()
        while True:
            connection, peer = made.accept()
            me.claim(TCP, 8005, peer[1])
            answer(connection)


def multipath_client(me, family, address):
    for number in paced(100, SECONDS):
        with multipath(family) as made:
            made.settimeout(5)
            since = time.time()
            made.connect((address, 8005))
            me.claim(TCP, made.getsockname()[1], 8005, since)
            made.sendall(REQUEST)
            while made.recv(2000):
                pass


def has_multipath():
    try:
        multipath(4).close()
    except OSError as refused:
        raise Skip(f"MPTCP: {refused}") from refused


@case("mptcp-client")
def mptcp_client(lab, family):
    """100 MPTCP connections a second."""
    has_multipath()
    lab.far.spawn(multipath_server, family)
    lab.near.call(multipath_client, family, lab.FAR[family])


@case("mptcp-server")
def mptcp_server(lab, family):
    """A server with 100 MPTCP connections a second."""
    has_multipath()
    lab.near.spawn(multipath_server, family)
    lab.far.call(multipath_client, family, lab.NEAR[family])
