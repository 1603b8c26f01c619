"""Case 12: NAT on a host that does not forward, in front of its own processes."""
import socket

from lab import TCP, UDP, need
from local import LOOPBACK
from registry import case
from sockets import (ANSWER, FAMILY, REQUEST, answer, datagrams, listener, paced, serve, take)

SECONDS = 3
PORT, SERVED = 8100, 8014


def rules(chain, rule):
    """Prepares a case: adds a rule to a chain of near's, and turns forwarding off."""

    def prepare(lab):
        need("nft")
        lab.near.sysctl("net/ipv4/ip_forward", 0)
        lab.near.sysctl("net/ipv6/conf/all/forwarding", 0)
        hook = {"output": "-100", "prerouting": "-100", "postrouting": "100"}[chain]
        lab.near.exec("nft", f"add table inet pf; add chain inet pf {chain} {{ type nat hook {chain} "
                      f"priority {hook} ; }}; add rule inet pf {chain} {rule}")

    return prepare


def connect_many(me, family, address, port, rate=100):
    """Short connections, each of which belongs to this process whatever its remote port becomes."""
    for _ in paced(rate, SECONDS):
        with socket.socket(FAMILY[family], socket.SOCK_STREAM) as made:
            made.settimeout(5)
            made.bind(("", 0))
            me.claim(TCP, made.getsockname()[1])
            made.connect((address, port))
            made.sendall(REQUEST)
            take(made, len(ANSWER))


def proxy(me, family):
    """Answers connections that were made to another port, which its answers show."""
    with listener(family, SERVED) as made:
        me.claim(TCP, SERVED)
        me.claim(TCP, PORT)
        me.ready()
        while True:
            answer(made.accept()[0])


@case("nat-redirect-local", prepare=rules("output", f"tcp dport {PORT} redirect to :{SERVED}"))
def redirect_local(lab, family):
    """100 connections a second over loopback that are redirected to a local proxy."""
    lab.near.spawn(proxy, family)
    lab.near.call(connect_many, family, LOOPBACK[family], PORT)


@case("nat-redirect", prepare=rules("prerouting", f"tcp dport {PORT} redirect to :{SERVED}"))
def redirect(lab, family):
    """100 connections a second of another host that are redirected to a local proxy."""
    lab.near.spawn(proxy, family)
    lab.far.call(connect_many, family, lab.NEAR[family], PORT)


@case("nat-redirect-datagrams",
      prepare=rules("prerouting", f"udp dport {PORT} redirect to :{SERVED}"))
def redirect_datagrams(lab, family):
    """Datagrams of many short-lived sockets of another host, to an unconnected server."""

    def echo(me):
        with datagrams(family, SERVED) as made:
            me.claim(UDP, PORT)
            me.ready()
            while True:
                data, peer = made.recvfrom(2000)
                made.sendto(data, peer)

    def query(me):
        for _ in paced(100, SECONDS):
            with datagrams(family) as made:
                made.settimeout(5)
                made.sendto(b"q" * 100, (lab.NEAR[family], PORT))
                made.recv(2000)

    lab.near.spawn(echo)
    lab.far.call(query)


@case("nat-connect", families=(4,),
      prepare=rules("postrouting", "oifname near0 snat ip to 10.78.0.9"))
def connect(lab, family):
    """100 connections a second that leave with another address of the host."""
    lab.near.address("near0", "10.78.0.9/24")
    lab.far.spawn(serve, family, PORT)
    lab.near.call(connect_many, family, lab.FAR[family], PORT)
