"""Case 11: several sockets on one UDP port, the newer ones more specific."""
import os
import select
import socket
import time

from lab import UDP, Skip
from registry import case
from sockets import FAMILY, datagrams, paced

PORT, SIZE = 7000, 500


def shared(family, address="", option=socket.SO_REUSEADDR):
    """A UDP socket that shares the port."""
    made = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, option, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    made.bind((address, PORT))
    return made


def keep(me, family, option, remotes):
    """A wildcard socket that receives."""
    made = shared(family, option=option)
    for each in remotes:
        me.claim(UDP, PORT, each)
    me.ready()
    drain(made, 12)


def drain(made, seconds):
    """Receives for a while; returns the remote ports."""
    remotes = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([made], [], [], 0.2)[0]:
            remotes.add(made.recvfrom(65536)[1][1])
    return remotes


def send(me, family, address, port, count):
    """Sends from one port at 200 datagrams a second."""
    with datagrams(family, port) as made:
        for _ in paced(200, count / 200):
            made.sendto(b"s" * SIZE, (address, PORT))


@case("sharing-connected")
def connected(lab, family):
    """A connected socket is opened beside another process's known wildcard socket."""

    def take(me):
        with shared(family) as made:
            made.connect((lab.FAR[family], 7102))
            me.claim(UDP, PORT, 7102)
            me.ready()
            drain(made, 6)

    lab.near.spawn(keep, family, socket.SO_REUSEADDR, [7101])
    lab.far.call(send, family, lab.NEAR[family], 7101, 100)
    time.sleep(1)
    lab.near.spawn(take)
    lab.far.call(send, family, lab.NEAR[family], 7102, 400)


@case("sharing-specific")
def specific(lab, family):
    """A socket is bound to an address beside another process's known wildcard socket."""

    def take(me):
        with shared(family, lab.NEAR[family]) as made:
            me.claim(UDP, PORT, 7102)
            me.ready()
            drain(made, 6)

    lab.near.spawn(keep, family, socket.SO_REUSEADDR, [7101])
    lab.far.call(send, family, lab.NEAR[family], 7101, 100)
    time.sleep(1)
    lab.near.spawn(take)
    lab.far.call(send, family, lab.NEAR[family], 7102, 400)


@case("sharing-children")
def children(lab, family):
    """A UDP server opens a connected socket per peer in a child process, like some VPN and TFTP servers."""

    def child(me, peer):
        with shared(family) as made:
            made.connect((lab.FAR[family], peer))
            me.claim(UDP, PORT, peer, since=time.time())
            made.send(b"hello")
            for _ in range(100):
                made.recv(65536)

    def server(me):
        made = shared(family)
        for peer in (7201, 7202, 7203):
            me.claim(UDP, PORT, peer)
        me.ready()
        pids = []
        while len(pids) < 3:
            peer = made.recvfrom(65536)[1][1]
            pid = os.fork()
            if not pid:
                made.close()
                child(me, peer)
                os._exit(0)
            pids.append(pid)
        for pid in pids:
            os.waitpid(pid, 0)

    def talk(me, peer):
        with datagrams(family, peer) as made:
            made.sendto(b"first", (lab.NEAR[family], PORT))
            made.recv(65536)
            for _ in paced(200, 0.5):
                made.sendto(b"s" * SIZE, (lab.NEAR[family], PORT))

    pid = lab.near.spawn(server)
    for peer in (7201, 7202, 7203):
        lab.far.call(talk, peer)
    lab.wait(pid)


@case("sharing-devices")
def devices(lab, family):
    """Two servers on one port, each bound to its own device."""
    if family == 6:
        raise Skip("the same for both families")
    other = lab.namespace()
    lab.veth(lab.near, "vb", other, "eth0")
    lab.near.address("vb", "10.79.0.1/24")
    other.address("eth0", "10.79.0.2/24")

    def serve(me, device, remote):
        with datagrams_on(device) as made:
            me.claim(UDP, 67, remote)
            me.ready()
            drain(made, 8)

    def ask(me, device, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            made.bind(("", port))
            for _ in paced(100, 1):
                made.sendto(b"d" * 300, ("255.255.255.255", 67))

    lab.near.spawn(serve, "near0", 68)
    lab.near.spawn(serve, "vb", 69)
    time.sleep(1)
    lab.far.call(ask, "far0", 68)
    other.call(ask, "eth0", 69)


def datagrams_on(device):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    made.bind(("", 67))
    return made
